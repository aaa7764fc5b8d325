//! What is known of each behaviour, worked out when it is first asked for.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use silex_bundle::behaviour::Piece;
use silex_bundle::render::{Layout, Prepared, RenderError};
use silex_bundle::{Behaviour, Bundle, Segment};

use super::listing;
use super::tokens::{self, Bounds};
use super::variants::{Listed, Variant, Variants};
use crate::package::is_standard;

/// What is known of the behaviours of a bundle.
#[derive(Debug)]
pub struct Facts<'b> {
    bundle: &'b Bundle,
    cap: u32,
    behaviours: BTreeMap<&'b str, Known<'b>>,
    layouts: BTreeMap<&'b str, OnceCell<Result<Layout, RenderError>>>,
    /// Those whose prompts show an example.
    shown: BTreeSet<&'b str>,
    /// The behaviour that was laid out last. What is asked of one is asked in a row, and prompts are
    /// too long to keep those of all.
    last: RefCell<Option<(String, Rc<Prepared>)>>,
}

#[derive(Debug)]
struct Known<'b> {
    behaviour: &'b Behaviour,
    variants: OnceCell<Variants>,
    listed: OnceCell<Listed>,
    hashes: OnceCell<Vec<OnceCell<Option<String>>>>,
    tokens: OnceCell<Option<(Bounds, Variant)>>,
}

/// The text that every prompt of a behaviour begins with, which a provider can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    /// Estimated tokens before the first segment that changes with the inputs.
    pub stable: u64,
    /// Estimated tokens behind it that would be stable too.
    pub lost: u64,
    /// The first segment that changes; none if none does.
    pub first_volatile: Option<usize>,
}

impl<'b> Facts<'b> {
    /// Nothing is worked out yet. `cap` is the number of variants above which a cover stands for all.
    #[must_use]
    pub fn new(bundle: &'b Bundle, cap: u32) -> Self {
        let known = bundle.behaviours.iter().map(|(name, behaviour)| {
            let known = Known {
                behaviour,
                variants: OnceCell::new(),
                listed: OnceCell::new(),
                hashes: OnceCell::new(),
                tokens: OnceCell::new(),
            };
            (name.as_str(), known)
        });
        let shown = bundle.examples.values().filter(|example| example.shown);
        let layouts = bundle.layouts.keys();
        Self {
            bundle,
            cap,
            behaviours: known.collect(),
            layouts: layouts.map(|it| (it.as_str(), OnceCell::new())).collect(),
            shown: shown.map(|example| example.behaviour.as_str()).collect(),
            last: RefCell::default(),
        }
    }

    /// Whether the prompts of a behaviour show an example.
    #[must_use]
    pub fn shows_examples(&self, name: &str) -> bool {
        self.shown.contains(name)
    }

    /// The bundle that the facts are about.
    #[must_use]
    pub fn bundle(&self) -> &'b Bundle {
        self.bundle
    }

    /// The variants of a behaviour.
    #[must_use]
    pub fn variants(&self, name: &str) -> Option<&Variants> {
        let known = self.behaviours.get(name)?;
        let variants = || Variants::of(self.bundle, known.behaviour, self.cap, None);
        Some(known.variants.get_or_init(variants))
    }

    /// The variants of a behaviour one by one, or a cover of them.
    #[must_use]
    pub fn listed(&self, name: &str) -> Option<&Listed> {
        let known = self.behaviours.get(name)?;
        let variants = self.variants(name)?;
        Some(known.listed.get_or_init(|| variants.list()))
    }

    /// The hash of one of the listed variants of a behaviour; none if its layout fails.
    #[must_use]
    pub fn hash(&self, name: &str, at: usize) -> Option<&str> {
        let known = self.behaviours.get(name)?;
        let listed = &self.listed(name)?.variants;
        let empty = || listed.iter().map(|_| OnceCell::new()).collect();
        let hash = || {
            let variant = listed.get(at)?;
            let prepared = self.prepared(name)?;
            let parts = prepared.open(&variant.holds).ok()?;
            let text = listing::text(known.behaviour, &parts);
            Some(listing::hash(known.behaviour, variant, &text))
        };
        let hashes = known.hashes.get_or_init(empty);
        hashes.get(at)?.get_or_init(hash).as_deref()
    }

    /// A behaviour ready to be laid out; none if its layout cannot be used.
    #[must_use]
    pub fn prepared(&self, name: &str) -> Option<Rc<Prepared>> {
        let known = self.behaviours.get(name)?;
        let last = self.last.borrow();
        if let Some((_, prepared)) = last.as_ref().filter(|(of, _)| of == name) {
            return Some(Rc::clone(prepared));
        }
        drop(last);
        let layout = self.layout(&known.behaviour.layout)?.as_ref().ok()?;
        let prepared = Prepared::laid_out(self.bundle, name, layout.clone()).ok()?;
        let prepared = Rc::new(prepared);
        self.last
            .replace(Some((name.to_owned(), Rc::clone(&prepared))));
        Some(prepared)
    }

    /// A layout of the bundle, or why it cannot be used.
    #[must_use]
    pub fn layout(&self, name: &str) -> Option<&Result<Layout, RenderError>> {
        let template = self.bundle.layouts.get(name)?;
        let layout = || Layout::new(name, template);
        Some(self.layouts.get(name)?.get_or_init(layout))
    }

    /// Whether a behaviour is laid out by the standard library. Its layouts keep the author's order.
    #[must_use]
    pub fn is_laid_out_plainly(&self, behaviour: &Behaviour) -> bool {
        let template = self.bundle.layouts.get(&behaviour.layout);
        template.is_some_and(|it| is_standard(&behaviour.layout, it))
    }

    /// The variants of a behaviour, if they are more than the cap. Few conditions cannot make many, so
    /// most behaviours cost nothing.
    #[must_use]
    pub fn too_many(&self, name: &str) -> Option<&Variants> {
        let conditions = self.behaviours.get(name)?.behaviour.conditions.len();
        let most = u32::try_from(conditions).map_or(u128::MAX, |it| 2_u128.saturating_pow(it));
        if most <= u128::from(self.cap) {
            return None;
        }
        let cap = u128::from(self.cap);
        let is_over = |it: &&Variants| it.count() > cap || (it.count() == cap && !it.is_exact());
        self.variants(name).filter(is_over)
    }

    /// The number of variants above which a cover stands for all.
    #[must_use]
    pub fn cap(&self) -> u32 {
        self.cap
    }

    /// The tokens that the prompts of a behaviour take, and the variant that can take the most; none
    /// if its layout fails.
    #[must_use]
    pub fn tokens(&self, name: &str) -> Option<&(Bounds, Variant)> {
        let known = self.behaviours.get(name)?;
        let tokens = || {
            let variants = self.variants(name)?;
            let prepared = self.prepared(name)?;
            tokens::extremes(self.bundle, &prepared, variants).ok()
        };
        known.tokens.get_or_init(tokens).as_ref()
    }

    /// What of the prompts of a behaviour a provider can keep from one to the next.
    #[must_use]
    pub fn prefix(&self, name: &str) -> Option<Prefix> {
        let behaviour = self.behaviours.get(name)?.behaviour;
        let first = behaviour.segments.iter().position(Segment::varies);
        let (before, behind) = behaviour
            .segments
            .split_at(first.unwrap_or(behaviour.segments.len()));
        let tokens = |segments: &[Segment]| {
            let stable = segments.iter().filter(|it| !it.varies());
            stable.map(bytes).sum::<usize>().div_ceil(4) as u64
        };
        Some(Prefix {
            stable: tokens(before),
            lost: tokens(behind),
            first_volatile: first,
        })
    }
}

/// What of a segment is always the same.
fn bytes(segment: &Segment) -> usize {
    let pieces = segment.text.iter().map(|piece| match piece {
        Piece::Words(words) => words.len(),
        Piece::Hole(hole) => hole.constant().map_or(0, |text| text.len()),
    });
    pieces.sum()
}
