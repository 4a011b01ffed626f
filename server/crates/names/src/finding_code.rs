//! What can be wrong with a running program, for operators. Each finding is described once, here. Pages have their own texts for
//! each, by its code.

/// What a finding says to operators, in English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingDescription {
    /// The stable code.
    pub code: &'static str,
    /// Whether something does not work now. Otherwise an operator should look at it soon.
    pub is_outage: bool,
    /// What is wrong.
    pub problem: &'static str,
    /// What to do.
    pub cure: &'static str,
}

/// Declares the findings in one list: `Name: outage|doubt "code" "what is wrong" "what to do";`.
macro_rules! findings {
    ($($(#[$doc:meta])* $name:ident: $kind:ident $code:literal $problem:literal $cure:literal;)+) => {
        /// Something that is wrong now.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingCode {
            $( $(#[$doc])* $name, )+
        }

        impl FindingCode {
            /// Every value, each once.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Code, problem and cure of this finding.
            pub const fn description(self) -> FindingDescription {
                match self {
                    $(Self::$name => FindingDescription {
                        code: $code,
                        is_outage: findings!(@ $kind),
                        problem: $problem,
                        cure: $cure,
                    },)+
                }
            }
        }
    };
    (@ outage) => { true };
    (@ doubt) => { false };
}

findings! {
    /// The database does not answer; nobody can sign in.
    DatabaseAway: outage "database_away" "The database is not responding." "Start it, or correct `database.url`.";
    /// The database takes no writes: a disk is full, or the server is read-only.
    DatabaseReadOnly: outage "database_read_only" "The database refuses writes." "Free space on its disk, or allow writes again.";
    /// Kafka cannot be reached; events wait in the outbox.
    BusAway: outage "bus_away" "Kafka cannot be reached, so events wait in the outbox." "Start the brokers. To check for other causes, run `daemun check`.";
    /// An upstream of the gateway cannot be reached.
    UpstreamAway: outage "upstream_away" "An upstream cannot be reached and gets no requests for now." "Start the service, or correct its address in `gateway.routes`.";
    /// A circuit breaker is open: requests to an upstream are refused at once.
    CircuitOpen: outage "circuit_open" "Too many requests in a row failed, so a route rejects its requests immediately." "Check the service. The gateway retries it on its own.";
    /// The relay is behind or has stopped.
    EventsWait: doubt "events_wait" "Events have been waiting for the bus for more than 30 seconds." "Check the bus, and look for `relay` in Daemun's log.";
    /// A consumer is behind or has stopped.
    ConsumerBehind: doubt "consumer_behind" "A consumer has been behind for more than five minutes." "Look for the consumer's name in Daemun's log.";
    /// There are dead letters; an operator has to retry or discard them.
    DeadLetters: doubt "dead_letters" "There are events that a consumer could not process." "Look at each, then retry or discard it.";
    /// Mails wait in their queue.
    MailsWait: doubt "mails_wait" "A mail has been waiting for more than five minutes." "Check the address and password of the mail server (`[mail]`). `daemun check` tests the connection, and `/admin/mails` shows the last error.";
    /// Mails were given up and did not reach their recipients.
    MailsGivenUp: doubt "mails_given_up" "Some mails could not be sent and were given up." "`/admin/mails` shows the last error. Fix the cause, then send them again. One with a link or a code cannot be sent again, and is no longer counted a day later.";
    /// A receiver of webhooks cannot be reached.
    WebhooksWait: doubt "webhooks_wait" "A webhook receiver has not accepted an event for more than five minutes." "Check the receiver, and send it a test event with `daemun webhooks test`.";
    /// Webhooks were given up; a receiver missed events.
    WebhooksGivenUp: doubt "webhooks_given_up" "Some events could not be delivered to a webhook receiver and were given up." "Fix the receiver, then replay them.";
    /// Clocks differ, so that one replica's tokens may be refused by others.
    ClockOff: doubt "clock_off" "A replica's clock differs from the database's." "Synchronise the clocks of all machines with NTP, or other replicas will refuse its tokens.";
    /// Not even the one that answers gets through to the database.
    NoReplica: doubt "no_replica" "No replica has reported that it is running." "Check that the database accepts writes.";
    /// Replicas run different versions: an update is not finished.
    VersionsDiffer: doubt "versions_differ" "Replicas run different versions." "Finish the update, or roll back all replicas.";
    /// A service that people sign in by is away, or somebody tries passwords.
    SignInsFail: doubt "sign_ins_fail" "More than half of the sign-ins in the last full hour failed." "`/admin` shows which method fails. Check whether that service is down or under attack.";
    /// It works, but probably not as somebody meant it. `daemun check` has its own words for each.
    Setting: doubt "setting" "A setting may not be what you meant." "`daemun check` says what to do.";
    /// A lost account would be replaced at the command line alone.
    FewAdministrators: doubt "few_administrators" "Fewer than two administrators can sign in." "Give another member `ROLE_ADMIN`. Otherwise, a lost account can only be replaced on the command line.";
}

impl FindingCode {
    /// The stable code.
    pub const fn as_str(self) -> &'static str {
        self.description().code
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_has_a_code_of_its_own_and_outages_come_first() {
        let codes: HashSet<_> = FindingCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), FindingCode::ALL.len());
        let outages: Vec<_> = FindingCode::ALL.iter().map(|code| code.description().is_outage).collect();
        assert!(outages.is_sorted_by(|one, next| one >= next));
    }
}
