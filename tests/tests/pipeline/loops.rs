//! Two machines that answer each other, a thousand turns long if nothing stops them.

use silex_tests::wait::until;

use crate::desk::{Peers, clerk, desk};

/// How many turns the other machine is ready for.
const TURNS: usize = 1_000;

/// What the other machine leaves of our mail when it answers.
#[derive(Clone, Copy, PartialEq)]
enum Machine {
    /// It repeats the header, as a forwarding rule does.
    Forwards,
    /// It answers like a person's program, in the thread, with no header that says machine.
    Answers,
    /// It forgets everything: each answer begins a new conversation.
    Forgets,
}

/// How many mails we send before we stop.
fn turns(machine: Machine) -> usize {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise pass"));
    silexd.serve();
    let mut answered = 0;
    for turn in 0..TURNS {
        let header = match silexd.outbox().last().filter(|_| turn > 0) {
            None => String::new(),
            Some(ours) => answer_header(machine, ours),
        };
        silexd.drop_mail(&format!("turn{turn}"), &written(turn, &header));
        until("the mail to be taken", || {
            silexd
                .path(&format!("in/taken/turn{turn}.eml"))
                .exists()
                .then_some(())
        });
        peers.until_idle(&silexd);
        if silexd.outbox().len() == answered {
            return answered;
        }
        answered = silexd.outbox().len();
    }
    TURNS
}

/// What a machine writes in a turn. It never repeats itself, so that only its pace gives it away.
fn written(turn: usize, header: &str) -> String {
    let words = ["hive", "roof", "smoke", "honey", "queen", "swarm", "wax"];
    let said: Vec<_> = (0..6).map(|n| words[(turn / 7_usize.pow(n)) % 7]).collect();
    crate::desk::mail(
        &format!("turn{turn}@bot.example"),
        "bot@bot.example",
        header,
        &said.join(" "),
    )
}

fn answer_header(machine: Machine, ours: &str) -> String {
    let field = |name: &str| {
        let start = format!("{name}:");
        let line = ours.lines().find(|line| line.starts_with(&start)).unwrap();
        format!("{line}\r\n")
    };
    let id = field("Message-ID").replace("Message-ID:", "In-Reply-To:");
    match machine {
        Machine::Forwards => format!("{id}{}", field("X-Silex-Hop")),
        Machine::Answers => id,
        Machine::Forgets => String::new(),
    }
}

#[test]
fn what_went_through_us_before_is_not_answered_again() {
    assert_eq!(turns(Machine::Forwards), 1);
}

#[test]
fn a_machine_that_answers_in_the_thread_is_stopped_by_its_pace() {
    assert_eq!(turns(Machine::Answers), 10);
}

#[test]
fn a_machine_that_forgets_the_thread_is_stopped_by_its_pace() {
    assert_eq!(turns(Machine::Forgets), 40);
}
