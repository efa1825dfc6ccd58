use super::*;

const GOOD: &str = "code,name,kind,parent\n\
    elm,Elm Street,street,north\n\
    town,Town,town,\n\
    north,North,quarter,town\n";

fn stored() -> Vec<Area> {
    let area = |number: u8, code: &str, kind, parent: Option<u8>| Area {
        id: AreaId::from_bytes([number; 16]),
        code: code.to_owned(),
        name: code.to_owned(),
        kind,
        parent: parent.map(|number| AreaId::from_bytes([number; 16])),
    };
    vec![
        area(1, "town", AreaKind::Town, None),
        area(2, "south", AreaKind::District, Some(1)),
    ]
}

fn faults(lines: &str) -> Vec<String> {
    let file = format!("code,name,kind,parent\n{lines}");
    let bad = check(file.as_bytes(), &stored()).unwrap_err();
    bad.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_file_is_read_whatever_the_order_of_its_lines() {
    let lines = check(GOOD.as_bytes(), &[]).unwrap();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (lines[0].code.as_str(), lines[0].parent.as_deref()),
        ("elm", Some("north"))
    );
    assert_eq!(lines[1].parent, None);
}

#[test]
fn a_spreadsheet_may_write_it_its_own_way() {
    let file = format!("\u{feff}{}", GOOD.replace(',', ";").replace('\n', "\r\n"));
    assert_eq!(
        check(file.as_bytes(), &[]).unwrap(),
        check(GOOD.as_bytes(), &[]).unwrap()
    );
    let quoted = "code,name,kind,parent\n elm ,\"Elm, the Street\", street ,\n";
    let lines = check(quoted.as_bytes(), &[]).unwrap();
    assert_eq!(
        (lines[0].code.as_str(), lines[0].name.as_str()),
        ("elm", "Elm, the Street")
    );
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let numbers = |file: &str| {
        let bad = check(file.as_bytes(), &stored()).unwrap_err();
        bad.iter().map(|bad| bad.line).collect::<Vec<_>>()
    };
    let file = "\n\ncode,name,kind,parent\n\n,A,street,town\nb,\"B\nStreet\",street,town\n,C,street,town\n";
    assert_eq!(numbers(file), [5, 8]);
    assert_eq!(numbers(&file.replace('\n', "\r\n")), [5, 8]);
}

#[test]
fn a_parent_may_be_in_the_database() {
    check(
        b"code,name,kind,parent\nelm,Elm Street,street,south\n",
        &stored(),
    )
    .unwrap();
}

#[test]
fn every_bad_line_is_named_with_its_reason() {
    assert_eq!(
        faults(
            ",No code,street,town\n\
             b,,street,town\n\
             c,C,steet,town\n\
             d,D,street,nowhere\n\
             e,E,street,c\n\
             f,F,street,town\n\
             f,F again,street,town\n\
             g,G,street\n\
             h,H,street,f\n\
             south,South,street,town\n\
             i,I,quarter,j\n\
             j,J,district,i\n"
        ),
        [
            "line 2: the code is empty",
            "line 3: the name is empty",
            "line 4: the kind \"steet\" is unknown; use town, district, quarter, neighbourhood, street",
            "line 5: the parent \"nowhere\" is in neither the file nor the database",
            "line 8: the code \"f\" was used on line 7 already",
            "line 9: 3 columns where 4 are expected",
            "line 10: a street cannot lie in a street",
            "line 11: \"south\" is a district in the database and stays one",
            "line 12: the area lies in itself",
            "line 13: the area lies in itself",
        ]
    );
}

#[test]
fn a_stored_area_cannot_be_moved_into_itself() {
    assert_eq!(
        faults("new,New,quarter,south\ntown,Town,town,new\n"),
        [
            "line 2: the area lies in itself",
            "line 3: the area lies in itself"
        ]
    );
}

#[test]
fn what_is_not_utf8_is_said_to_be_so() {
    let file = b"code,name,kind,parent\ntown,Town,town,\nelm,Caf\xe9 Street,street,town\n";
    let bad = check(file, &[]).unwrap_err();
    assert_eq!(
        bad,
        [BadLine {
            line: 3,
            fault: Fault::NotUtf8
        }]
    );
}

#[test]
fn a_file_without_areas_is_no_import() {
    for (file, fault) in [
        ("", Fault::Header),
        ("elm,Elm Street,street,\n", Fault::Header),
        ("code,name,kind,parent\n", Fault::Empty),
    ] {
        assert_eq!(
            check(file.as_bytes(), &[]).unwrap_err(),
            [BadLine { line: 1, fault }],
            "{file}"
        );
    }
}

#[test]
fn the_demo_town_can_be_imported() {
    assert!(check(crate::demo::TOWN.as_bytes(), &[]).unwrap().len() > 50);
}
