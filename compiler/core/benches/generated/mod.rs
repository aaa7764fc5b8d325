//! The generated package that is measured: behaviours of twelve rules, three tools, four
//! conditions and an example each, ten to a module.

use std::fmt::Write as _;

use silex_compiler::{Package, SourceFile};

/// A package without a mistake.
pub(crate) fn package(behaviours: usize) -> Package {
    let mut files = vec![SourceFile::new("specs/shared.silex", SHARED)];
    for first in (0..behaviours).step_by(10) {
        let mut text = String::from("//! Generated.\n\nuse shared.{Client, short, writer}\n");
        for number in first..behaviours.min(first + 10) {
            // Writing to a string cannot fail.
            let _ = write_behaviour(&mut text, number);
            let _ = write_example(&mut text, number);
        }
        files.push(SourceFile::new(
            &format!("specs/m{}.silex", first / 10),
            &text,
        ));
    }
    Package {
        manifest: "name: generated\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
        files,
        ..Package::default()
    }
}

const SHARED: &str = r#"//! What all behaviours share.

/// How somebody likes to be written for.
enum Tone { formal, warm, playful }

/// What somebody pays for.
enum Plan { free, plus, pro }

/// Somebody who writes.
entity Client key address {
  address: email
  name: text 0..80 = ""
  plan: Plan = free
  tone: Tone?
  letters: int 0.. = 0
}

model writer { provider anthropic name "claude-sonnet-4-5" }

ruleset short(max: int 1..1000 = 300) {
  must fit "Write at most {{ max }} words."
    check words(reply.body) <= max
}
"#;

fn write_behaviour(out: &mut String, n: usize) -> std::fmt::Result {
    for tool in ["find", "open", "ask"] {
        write!(
            out,
            r#"
/// Looks something up.
tool {tool}_{n}(
  /// What to look for.
  query: text 1..200,
) for client: Client -> Found_{tool}_{n} {{
  via http POST "desk"
  timeout 5s
  retry 3 from 200ms to 5s
}}

/// What was found.
record Found_{tool}_{n} {{
  /// How many.
  count: int 0..100
  /// The words.
  words: text 0..2000
}}
"#
        )?;
    }
    write!(
        out,
        r#"
/// Answers mails of the kind {n}.
behaviour answer_{n}(client: Client, thread: Thread, mail: Mail) -> Reply {{
  model writer
  limit turns 6, tokens 4000
  role "You are desk {n} of an agency that works by email."
  goal "Answer what was asked."
  fact who "The client is {{{{ client.name | inline(80) }}}}, on the {{{{ client.plan }}}} plan."
  follow short(max: 200)
  must newest "Answer the newest message; quote older ones only when asked."
  never promise "Promise a delivery date."
    because "Only people know the queue."
    check not matches(reply.body, /\b(by|before) (monday|tomorrow|noon)\b/i)
    good "I have passed your letter on."
    bad "You will have it by Monday."
  should greet "Greet by name."
  avoid flatter "Praise the question."
    check not mentions(reply.body, "great question")
  may offer "Offer one more thing."
  must look "Look it up before you answer." about tool find_{n}
  when client.tone is none {{
    must learn "Ask which tone they like."
  }} else {{
    should match_tone "Write in a {{{{ client.tone }}}} tone."
  }}
  match client.plan {{
    free {{ never series "Offer a series." about topic series }}
    plus, pro {{ may offer_series "Offer a series." about topic series }}
  }}
  when thread.turns > 5 and client.letters > {n} {{
    should sum_up "Begin with what is settled so far."
  }}
  when count(mail.attachments) > 0 {{
    must name_files "Say which attachments you used."
  }}
  tools find_{n}, open_{n}, ask_{n}
}}
"#
    )
}

fn write_example(out: &mut String, n: usize) -> std::fmt::Result {
    write!(
        out,
        r#"
/// Somebody on the greatest plan asks when a letter comes.
example when_it_comes_{n} for answer_{n} {{
  given client = {{ address: "ada@example.org", name: "Ada Lovelace", plan: pro, letters: {n} }}
  given thread.turns = 2
  mail "When does my letter come?"
  calls find_{n} {{ query: contains "letter" }} returns {{ count: 1, words: "It is in the queue." }}
  replies "Dear Ada, your letter is in the queue; I have passed your question on. Which tone would you like?"
  expect rule learn
  expect no rule series
  expect tool find_{n}
  expect checks pass
}}
"#
    )
}
