//! Text that wants to cost much. The tests end because the work is bounded; a quadratic reader would
//! need hours for them.

use proptest::prelude::*;

use super::*;
use crate::schema::tests::any_type;

fn taste() -> Type {
    Type::Named("a.Taste".to_owned())
}

#[test]
fn nothing_makes_it_slow() {
    let declarations = declarations();
    let kb = 1024;
    for text in [
        "{".repeat(100 * kb),
        "[".repeat(100 * kb),
        "{\"a\":".repeat(40 * kb),
        "{\"a\":[".repeat(40 * kb),
        "\"".repeat(kb * kb),
        "{\"name\": ".to_owned() + &"\"".repeat(kb * kb),
        "{\"name\": \"".to_owned() + &"\", ".repeat(50 * kb),
        "{'name': '".to_owned() + &"'a: ".repeat(50 * kb),
        "{name: a".to_owned() + &",b".repeat(50 * kb),
        "{name: a".to_owned() + &" ".repeat(100 * kb),
        "{/*".repeat(50 * kb),
        "```".repeat(50 * kb),
        "name: ".repeat(50 * kb),
        "name: a\n".repeat(50 * kb),
        "<name>".repeat(50 * kb) + "</name>",
        "{\"name\": 1}".repeat(20 * kb),
        "{\"name\": \"\\".to_owned() + &"\\".repeat(100 * kb),
        "\u{feff}".repeat(50 * kb),
    ] {
        let _ended = coerce(&text, &taste(), &declarations);
        let _ended = coerce(&text, &Type::Named("a.Tone".to_owned()), &declarations);
    }
}

proptest! {
    #[test]
    fn no_answer_panics_and_what_is_read_is_of_the_type(
        ty in any_type(),
        text in "[\\[\\]{}\"':,a-c0-9 \\n`/*.\\\\#<>=“”+-]{0,40}",
    ) {
        if let Ok(read) = coerce(&text, &ty, &declarations()) {
            prop_assert_eq!(ty.check(&read.value, &declarations()).unwrap(), read.value);
        }
        let declarations = declarations();
        let mut partial = Partial::new(&ty, &declarations);
        partial.feed(&text);
        let _shown = partial.so_far();
    }

    #[test]
    fn words_of_the_schema_in_any_order_do_not_panic(
        ty in any_type(),
        text in "(\\{|\\}|\\[|\\]|\"|'|:|,|\n|name|tone|warm|kind|block|reason|topics|words|60|null|```|</|//|—| ){0,30}",
    ) {
        if let Ok(read) = coerce(&text, &ty, &declarations()) {
            prop_assert_eq!(ty.check(&read.value, &declarations()).unwrap(), read.value);
        }
    }
}
