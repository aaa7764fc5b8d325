//! Small drawings beside words, as paths on a field of 24 by 24.

/// Every drawing by its name.
static ICONS: &[(&str, &str)] = &[
    (
        "silex",
        "M12 2.5 20 8l-2.5 11L12 21.5 5.5 18 4 8.5zM12 2.5 10.5 11 4 8.5M10.5 11 12 21.5M10.5 11 20 8",
    ),
    ("inbox", "M3 13h5l1.5 3h5L16 13h5M3 13l3-8h12l3 8v6H3z"),
    ("review", "M5 4h14v16H5zM8.5 12l2.5 2.5 4.5-5"),
    (
        "question",
        "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.4 2.3c-.6.3-.9.7-.9 1.4M12 16.5v.2",
    ),
    (
        "shield",
        "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM12 8v4.5M12 15.5v.2",
    ),
    ("jobs", "M4 6h16M4 12h16M4 18h10"),
    ("campaign", "M4 10v4h3l8 4V6l-8 4zM18 9.5a3.5 3.5 0 0 1 0 5"),
    (
        "people",
        "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.5 2.5-5.5 6-5.5s6 2 6 5.5M16 5a3.2 3.2 0 0 1 0 6.2M17.5 14.8c2.2.6 3.5 2.4 3.5 5.2",
    ),
    (
        "person",
        "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.5-4 3.3-6 7.5-6s7 2 7.5 6",
    ),
    ("chart", "M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6"),
    (
        "book",
        "M5 4h10a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h10",
    ),
    ("log", "M6 3h9l4 4v14H6zM9 12h7M9 16h7M9 8h3"),
    ("check", "M4.5 12.5l5 5 10-11"),
    ("mail", "M3.5 5.5h17v13h-17zM3.5 6.5l8.5 6.5 8.5-6.5"),
];

/// A drawing as SVG, which readers of the page leave out.
pub(super) fn svg(name: &str) -> Option<String> {
    let (_, path) = ICONS.iter().find(|(known, _)| *known == name)?;
    Some(format!(
        "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" \
         stroke-width=\"1.6\" stroke-linejoin=\"round\" stroke-linecap=\"round\"><path d=\"{path}\"/></svg>"
    ))
}
