//! A bus that writes down what it gets, and fails when it is told to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use events::{Acknowledgement, BusError, Event, Message, Publisher};

use crate::scene::note;

#[derive(Clone, Debug, Default)]
pub struct RecordingBus(Arc<State>);

#[derive(Debug, Default)]
struct State {
    published: Mutex<Vec<Message>>,
    down: AtomicBool,
    refused: Mutex<Option<String>>,
    silent: AtomicBool,
}

impl RecordingBus {
    /// Answers no more.
    pub fn set_down(&self, down: bool) {
        self.0.down.store(down, Ordering::SeqCst);
    }

    /// Refuses the sign-in with this note.
    pub fn refuse(&self, note: Option<&str>) {
        *self.0.refused.lock().unwrap() = note.map(str::to_owned);
    }

    /// Takes messages and never acknowledges: as if the process that asked died in between.
    pub fn set_silent(&self, silent: bool) {
        self.0.silent.store(silent, Ordering::SeqCst);
    }

    /// The traces of all that came.
    pub fn traces(&self) -> Vec<Option<String>> {
        self.0.published.lock().unwrap().iter().map(|message| message.traceparent.clone()).collect()
    }

    /// All that came, as notes.
    pub fn notes(&self) -> Vec<String> {
        self.0.published.lock().unwrap().iter().map(note_of).collect()
    }
}

#[async_trait]
impl Publisher for RecordingBus {
    async fn publish(&self, batch: &[Message]) -> Result<Vec<Acknowledgement>, BusError> {
        if self.0.down.load(Ordering::SeqCst) {
            return Err(BusError::Broker("down".into()));
        }
        let refused = self.0.refused.lock().unwrap().clone();
        let mut answers = Vec::new();
        for message in batch {
            if refused.as_ref().is_some_and(|refused| note_of(message) == *refused) {
                answers.push(Acknowledgement::Refused("it was told to".to_owned()));
            } else {
                self.0.published.lock().unwrap().push(message.clone());
                answers.push(Acknowledgement::Stored);
            }
        }
        if self.0.silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        // Lets others run in between, as the network would.
        tokio::task::yield_now().await;
        Ok(answers)
    }
}

fn note_of(message: &Message) -> String {
    note(&Event::parse(message.topic, &message.body).unwrap())
}
