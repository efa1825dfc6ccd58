//! The app on a phone: its real core, on a real line.

use kruispunt_core::command::Command;
use kruispunt_core::id::RequestId;
use kruispunt_core::model::FeedbackHow;
use kruispunt_core::sync::{Effect, Phone};
use kruispunt_core::view::{Filter, Query, RequestCard, Safety, Stage, Standing, View};
use kruispunt_server::clock::{now, random};

use super::{COFFEE, HOUR, Line, Neighbour, TODAY, Town};

/// Somebody's app. What it is asked to store is stored at once.
pub(crate) struct App {
    phone: Phone,
    line: Option<Line>,
}

impl App {
    /// Opened for the first time, on the line.
    pub(crate) async fn opens(town: &Town, who: &Neighbour) -> Self {
        let mut app = Self {
            phone: Phone::new(random().unwrap()),
            line: None,
        };
        app.phone.lead();
        let bearer = format!("Bearer {}", who.token);
        let me = town
            .http
            .get("/api/me", &[("authorization", &bearer)])
            .await;
        app.phone
            .know(serde_json::from_value(me.json()).unwrap())
            .unwrap();
        app.carries_out().await;
        app.greets(town, &who.token).await;
        app
    }

    /// The line is cut; whatever is done from here on waits.
    pub(crate) async fn goes_offline(&mut self) {
        self.line = None;
        self.phone.disconnected(0);
        self.carries_out().await;
    }

    /// Comes back to a relay that perhaps knows nothing of its old session.
    pub(crate) async fn comes_back(&mut self, town: &Town, who: &Neighbour) {
        self.goes_offline().await;
        let token = town.session(who.device, now().plus_millis(HOUR)).await;
        self.greets(town, &token).await;
    }

    async fn greets(&mut self, town: &Town, token: &str) {
        self.line = Some(town.connect().await);
        self.phone.connected(token, now());
        self.carries_out().await;
    }

    /// Logs a request in Elm Street.
    pub(crate) async fn logs(&mut self) -> RequestId {
        let request = RequestId::from_bytes(random().unwrap());
        self.phone.command(COFFEE, request, now()).unwrap();
        self.carries_out().await;
        request
    }

    /// Logs one for which help is needed today, so that it is looked for everywhere.
    pub(crate) async fn logs_for_today(&mut self) -> RequestId {
        let request = RequestId::from_bytes(random().unwrap());
        self.phone.command(TODAY, request, now()).unwrap();
        self.carries_out().await;
        request
    }

    /// Hears the relay until it has everything.
    pub(crate) async fn is_in_step(&mut self) {
        while self.unsent() > 0 {
            let frame = self.line.as_mut().unwrap().frame().await;
            self.phone.frame(&frame.encode(), now());
            self.carries_out().await;
        }
    }

    /// Says that they help.
    pub(crate) async fn claims(&mut self, request: RequestId) {
        self.does(Command::ClaimRequest { request }).await;
    }

    /// Says that they cannot help after all.
    pub(crate) async fn lets_go(&mut self, request: RequestId) {
        self.does(Command::ReleaseClaim { request }).await;
    }

    /// Hears the relay until it knows that they do not help.
    pub(crate) async fn has_let_go(&mut self, request: RequestId) {
        let has = |card: &RequestCard| card.my_claim.is_none() && card.safety == Safety::Sent;
        self.hears_until(|cards| cards.iter().any(|card| card.id == request && has(card)))
            .await;
    }

    /// Says that the resident was told.
    pub(crate) async fn tells_the_resident(&mut self, request: RequestId) {
        let told = Command::GiveFeedback {
            request,
            how: FeedbackHow::Phone,
            on: None,
        };
        self.does(told).await;
    }

    /// Hears the relay until the resident was safely told.
    pub(crate) async fn has_told(&mut self, request: RequestId) {
        let is = (Stage::FedBack, Safety::Sent);
        let is_it = |card: &RequestCard| card.id == request && (card.stage, card.safety) == is;
        self.hears_until(|cards| cards.iter().any(is_it)).await;
    }

    /// Says that it is done.
    pub(crate) async fn finishes(&mut self, request: RequestId) {
        self.does(Command::MarkDone { request }).await;
    }

    /// Says that it is no longer needed.
    pub(crate) async fn withdraws(&mut self, request: RequestId) {
        self.does(Command::WithdrawRequest { request }).await;
    }

    /// Hears the relay until the request is safely withdrawn.
    pub(crate) async fn has_withdrawn(&mut self, request: RequestId) {
        let is = (Stage::Withdrawn, Safety::Sent);
        let is_it = |card: &RequestCard| card.id == request && (card.stage, card.safety) == is;
        self.hears_until(|cards| cards.iter().any(is_it)).await;
    }

    async fn does(&mut self, command: Command) {
        let nothing = RequestId::from_bytes([0; 16]);
        self.phone.command(command, nothing, now()).unwrap();
        self.carries_out().await;
    }

    /// Adds something to what happened to a request.
    pub(crate) async fn adds(&mut self, command: Command) {
        self.does(command).await;
    }

    /// A request as it is on this phone now.
    pub(crate) fn card(&mut self, request: RequestId) -> RequestCard {
        let mut cards = self.cards().into_iter();
        cards.find(|card| card.id == request).expect("it is here")
    }

    /// Hears the relay until this is so of a request.
    pub(crate) async fn hears_that(
        &mut self,
        request: RequestId,
        is_so: impl Fn(&RequestCard) -> bool,
    ) {
        let is_it = |card: &RequestCard| card.id == request && is_so(card);
        self.hears_until(|cards| cards.iter().any(is_it)).await;
    }

    /// How much the relay has not confirmed.
    pub(crate) fn unsent(&self) -> usize {
        let safekeeping = self.phone.safekeeping();
        assert_eq!(safekeeping.refused, 0);
        safekeeping.unsent
    }

    /// Hears the relay until it confirms that they may help.
    pub(crate) async fn is_matched_with(&mut self, request: RequestId) {
        let is_matched = |card: &RequestCard| card.my_claim == Some(Standing::Matched);
        self.hears_until(|cards| {
            cards
                .iter()
                .any(|card| card.id == request && is_matched(card))
        })
        .await;
    }

    /// Hears the relay until the request is safely done.
    pub(crate) async fn has_finished(&mut self, request: RequestId) {
        let is_done = |card: &RequestCard| (card.stage, card.safety) == (Stage::Done, Safety::Sent);
        self.hears_until(|cards| cards.iter().any(|card| card.id == request && is_done(card)))
            .await;
    }

    /// Hears the relay until these requests, and no others, are on the board, all of them safe.
    pub(crate) async fn shows(&mut self, requests: &[RequestId]) {
        let mut wanted = requests.to_vec();
        wanted.sort();
        self.hears_until(|cards| {
            let mut shown: Vec<_> = cards.iter().map(|card| card.id).collect();
            shown.sort();
            shown == wanted && cards.iter().all(|card| card.safety == Safety::Sent)
        })
        .await;
    }

    async fn hears_until(&mut self, is_right: impl Fn(&[RequestCard]) -> bool) {
        while !is_right(&self.cards()) {
            // A board that never comes out right ends here, since no frame comes any more.
            let frame = self.line.as_mut().unwrap().frame().await;
            self.phone.frame(&frame.encode(), now());
            self.carries_out().await;
        }
    }

    fn cards(&mut self) -> Vec<RequestCard> {
        match self.phone.view(
            &Query::Board {
                filter: Filter::default(),
                shown: u32::MAX,
            },
            now(),
        ) {
            Some(View::Board(board)) => {
                let columns = board.columns.into_iter();
                columns.flat_map(|column| column.cards).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    async fn carries_out(&mut self) {
        loop {
            let effects = self.phone.drain();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match (effect, &mut self.line) {
                    (Effect::Store(batch), _) => self.phone.stored(batch.number),
                    (Effect::Send(frame), Some(line)) => line.send_bytes(frame).await,
                    (Effect::Connect { .. } | Effect::Changed, _) => {}
                    (other, _) => panic!("{other:?}"),
                }
            }
        }
    }
}
