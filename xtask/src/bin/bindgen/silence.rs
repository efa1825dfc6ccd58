//! Makes every panic the trap that it ends in anyway.
//!
//! Nobody hears what a panic says on a phone: there is no standard error, and the worker only learns
//! that the core stopped. So what says it is left out, and with it what every check hands over for
//! that (the place, the numbers), in some thousand places. It is what the compiler's own
//! `panic=immediate-abort` does, which only comes with a standard library that is built anew.

use std::collections::HashSet;

use anyhow::{Result, ensure};
use walrus::{
    FunctionId, LocalFunction, Module,
    ir::{
        Block, Br, BrIf, BrTable, Call, IfElse, Instr, InstrLocId, InstrSeqId, Loop, Unreachable,
        VisitorMut, dfs_pre_order_mut,
    },
};

/// Where everything ends that panics or finds no memory, as their names are written in the module.
const ENDS: [&str; 2] = [
    "4core9panicking9panic_fmt",
    "5alloc5alloc18handle_alloc_error",
];

/// # Errors
///
/// When none of the ends is there: then they have other names in this version of the compiler.
pub(crate) fn silence(module: &mut Module) -> Result<()> {
    let is_end = |name: &str| ENDS.iter().any(|end| name.contains(end));
    let mut panics: HashSet<FunctionId> = module
        .funcs
        .iter()
        .filter(|function| function.name.as_deref().is_some_and(is_end))
        .map(walrus::Function::id)
        .collect();
    ensure!(!panics.is_empty(), "no panic is known by its name here");
    loop {
        let more: Vec<_> = module
            .funcs
            .iter_local()
            .filter(|(id, function)| !panics.contains(id) && only_panics(function, &panics))
            .map(|(id, _)| id)
            .collect();
        if more.is_empty() {
            break;
        }
        panics.extend(more);
    }
    for (id, function) in module.funcs.iter_local_mut() {
        let body = function.entry_block();
        if panics.contains(&id) {
            let trap = (Unreachable {}.into(), InstrLocId::default());
            function.block_mut(body).instrs = vec![trap];
        } else {
            dfs_pre_order_mut(&mut Traps(&panics), function, body);
        }
    }
    Ok(())
}

/// Puts a trap in the place of every call to one of these.
struct Traps<'a>(&'a HashSet<FunctionId>);

impl VisitorMut for Traps<'_> {
    fn visit_instr_mut(&mut self, instr: &mut Instr, _: &mut InstrLocId) {
        if matches!(instr, Instr::Call(Call { func }) if self.0.contains(func)) {
            *instr = Unreachable {}.into();
        }
    }
}

/// Whether every way through a function ends in one of these.
fn only_panics(function: &LocalFunction, panics: &HashSet<FunctionId>) -> bool {
    let mut ways = Ways {
        function,
        panics,
        left: HashSet::new(),
        ends_otherwise: false,
    };
    let body = function.entry_block();
    !ways.go_on(body) && !ways.left.contains(&body) && !ways.ends_otherwise
}

struct Ways<'a> {
    function: &'a LocalFunction,
    panics: &'a HashSet<FunctionId>,
    /// The sequences that some branch leaves.
    left: HashSet<InstrSeqId>,
    /// Whether some way ends in anything else: a return, or the trap after an error was thrown.
    ends_otherwise: bool,
}

impl Ways<'_> {
    /// Whether some way comes to the end of a sequence.
    fn go_on(&mut self, sequence: InstrSeqId) -> bool {
        let instrs = &self.function.block(sequence).instrs;
        instrs.iter().all(|(instr, _)| self.go_past(instr))
    }

    fn go_past(&mut self, instr: &Instr) -> bool {
        match instr {
            Instr::Call(Call { func }) => !self.panics.contains(func),
            Instr::Block(Block { seq }) => self.go_on(*seq) || self.left.contains(seq),
            Instr::Loop(Loop { seq }) => self.go_on(*seq),
            Instr::IfElse(IfElse {
                consequent,
                alternative,
            }) => [consequent, alternative]
                .map(|seq| self.go_on(*seq) || self.left.contains(seq))
                .contains(&true),
            Instr::Br(Br { block }) => {
                self.left.insert(*block);
                false
            }
            Instr::BrIf(BrIf { block }) => {
                self.left.insert(*block);
                true
            }
            Instr::BrTable(BrTable { blocks, default }) => {
                self.left.extend(blocks.iter().chain([default]));
                false
            }
            Instr::Return(_)
            | Instr::Unreachable(_)
            | Instr::ReturnCall(_)
            | Instr::ReturnCallIndirect(_)
            | Instr::ReturnCallRef(_)
            | Instr::BrOnNull(_)
            | Instr::BrOnNonNull(_)
            | Instr::BrOnCast(_)
            | Instr::BrOnCastFail(_)
            | Instr::Try(_)
            | Instr::TryTable(_)
            | Instr::Throw(_)
            | Instr::ThrowRef(_)
            | Instr::Rethrow(_) => {
                self.ends_otherwise = true;
                false
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use walrus::{FunctionBuilder, InstrSeqBuilder, ValType};

    use super::*;

    /// A function that is given one number.
    fn function(
        module: &mut Module,
        name: &str,
        body: impl FnOnce(&mut InstrSeqBuilder, walrus::LocalId),
    ) -> FunctionId {
        let given = module.locals.add(ValType::I32);
        let mut builder = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[]);
        body(&mut builder.func_body(), given);
        let id = builder.finish(vec![given], &mut module.funcs);
        module.funcs.get_mut(id).name = Some(name.to_owned());
        id
    }

    /// The instructions at the top, as they are named in a listing.
    fn body(module: &Module, id: FunctionId) -> Vec<String> {
        let function = module.funcs.get(id).kind.unwrap_local();
        let instrs = &function.block(function.entry_block()).instrs;
        let name = |instr: &Instr| {
            format!("{instr:?}")
                .split(['(', ' '])
                .next()
                .map(str::to_owned)
        };
        instrs.iter().filter_map(|(instr, _)| name(instr)).collect()
    }

    fn panic_fmt(module: &mut Module) -> FunctionId {
        let name = "_RNvNtCs1_4core9panicking9panic_fmt";
        function(module, name, |body, given| {
            body.local_get(given).drop().unreachable();
        })
    }

    #[test]
    fn whatever_only_panics_is_a_trap_and_so_is_every_call_to_it() {
        let mut module = Module::default();
        let end = panic_fmt(&mut module);
        let checks = function(&mut module, "slice_index_fail", |body, given| {
            body.local_get(given).if_else(
                None,
                |then| {
                    then.i32_const(1).call(end).unreachable();
                },
                |otherwise| {
                    otherwise.i32_const(2).call(end).unreachable();
                },
            );
            body.unreachable();
        });
        let reads = function(&mut module, "get", |body, given| {
            body.local_get(given).if_else(
                None,
                |_| (),
                |otherwise| {
                    otherwise.i32_const(3).call(checks).unreachable();
                },
            );
        });

        silence(&mut module).unwrap();

        assert_eq!(body(&module, end), ["Unreachable"]);
        assert_eq!(body(&module, checks), ["Unreachable"]);
        assert_eq!(body(&module, reads), ["LocalGet", "IfElse"]);
        let reads = module.funcs.get(reads).kind.unwrap_local();
        let mut calls = Calls(0);
        walrus::ir::dfs_in_order(&mut calls, reads, reads.entry_block());
        assert_eq!(calls.0, 0);
    }

    struct Calls(usize);

    impl walrus::ir::Visitor<'_> for Calls {
        fn visit_call(&mut self, _: &Call) {
            self.0 += 1;
        }
    }

    #[test]
    fn whatever_may_return_or_throw_stays() {
        let mut module = Module::default();
        let end = panic_fmt(&mut module);
        let kind = module.types.add(&[ValType::I32], &[]);
        let (throw, _) = module.add_import_func("wbg", "throw", kind);
        let throws = function(&mut module, "throw_str", |body, given| {
            body.local_get(given).call(throw).unreachable();
        });
        let leaves = function(&mut module, "unwrap", |body, given| {
            body.block(None, |block| {
                let out = block.id();
                block.local_get(given).br_if(out);
                block.local_get(given).call(end).unreachable();
            });
        });
        let returns = function(&mut module, "expect", |body, given| {
            body.local_get(given).if_else(
                None,
                |then| {
                    then.return_();
                },
                |_| (),
            );
            body.i32_const(1).call(end).unreachable();
        });

        silence(&mut module).unwrap();

        assert_eq!(body(&module, throws), ["LocalGet", "Call", "Unreachable"]);
        assert_eq!(body(&module, leaves), ["Block"]);
        assert_eq!(
            body(&module, returns),
            ["LocalGet", "IfElse", "Const", "Unreachable", "Unreachable"]
        );
    }

    #[test]
    fn another_compiler_whose_panics_have_other_names_is_noticed() {
        assert!(silence(&mut Module::default()).is_err());
    }
}
