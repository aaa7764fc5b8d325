//! Files, declarations and types.

use pest::iterators::Pair;

use super::grammar::Rule;
use super::tree::{Builder, Kids};
use crate::source::Span;
use crate::syntax::ast::{
    Allow, Case, Const, Docs, Entity, Enum, Field, FieldLine, Item, ItemKind, PlainType, Record,
    Type, TypeKind, Use,
};

impl Builder<'_> {
    /// The docs and declarations of a `file`, whole or a piece of one.
    pub(super) fn file(&mut self, pair: Pair<'_, Rule>, items: &mut Vec<Item>) -> Option<Docs> {
        let mut kids = self.kids(pair);
        let docs = self.docs(&mut kids, Rule::module_doc);
        while let Some(pair) = kids.take(Rule::item) {
            items.push(self.item(pair));
        }
        self.dangling(&mut kids);
        docs
    }

    fn item(&mut self, pair: Pair<'_, Rule>) -> Item {
        let mut kids = self.kids(pair);
        if kids.peek() == Some(Rule::doc) && !documents(&kids) {
            self.dangling(&mut kids);
        }
        let docs = self.docs(&mut kids, Rule::doc);
        let Some(pair) = kids.next() else {
            let span = kids.at;
            return Item {
                docs,
                keyword: span,
                kind: ItemKind::Junk(crate::syntax::ast::Junk { span, body: None }),
                span,
            };
        };
        let span = self.span(&pair);
        let keyword = self.keyword(&pair);
        let kind = match pair.as_rule() {
            Rule::import => ItemKind::Use(self.import(pair)),
            Rule::allow => ItemKind::Allow(self.allow(pair)),
            Rule::constant => ItemKind::Const(self.constant(pair)),
            Rule::enumeration => ItemKind::Enum(self.enumeration(pair)),
            Rule::record => ItemKind::Record(self.record(pair)),
            Rule::entity => ItemKind::Entity(self.entity(pair)),
            Rule::tool => ItemKind::Tool(self.tool(pair)),
            Rule::model => ItemKind::Model(self.model(pair)),
            Rule::ruleset => ItemKind::Ruleset(self.ruleset(pair)),
            Rule::behaviour => ItemKind::Behaviour(self.behaviour(pair)),
            Rule::agent => ItemKind::Agent(self.agent(pair)),
            Rule::example => ItemKind::Example(self.example(pair)),
            _ => ItemKind::Junk(self.junk(pair)),
        };
        Item {
            docs,
            keyword,
            kind,
            span,
        }
    }

    /// The first word of a pair.
    pub(super) fn keyword(&self, pair: &Pair<'_, Rule>) -> Span {
        let start = pair.as_span().start();
        let letters = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
        match pair.as_str().bytes().take_while(letters).count() {
            0 => self.span(pair),
            length => self.place(start, start + length),
        }
    }

    fn import(&mut self, pair: Pair<'_, Rule>) -> Use {
        let mut kids = self.kids(pair);
        kids.next();
        let module = self.path(&mut kids);
        let names = kids.next().map(|names| self.kids(names));
        let mut brought = Vec::new();
        if let Some(mut names) = names {
            while let Some(pair) = names.next() {
                if pair.as_rule() != Rule::gap {
                    brought.push(self.name_of(&pair));
                }
            }
        }
        Use {
            module,
            names: brought.into(),
        }
    }

    pub(super) fn allow(&mut self, pair: Pair<'_, Rule>) -> Allow {
        let mut kids = self.kids(pair);
        kids.next();
        let code = self.name(&mut kids);
        kids.next();
        Allow {
            code,
            because: self.string(&mut kids),
        }
    }

    fn constant(&mut self, pair: Pair<'_, Rule>) -> Const {
        let mut kids = self.kids(pair);
        kids.next();
        let name = self.name(&mut kids);
        let ty = kids.take(Rule::type_ref).map(|ty| self.type_of(ty));
        Const {
            name,
            ty,
            value: self.value(&mut kids),
        }
    }

    fn enumeration(&mut self, pair: Pair<'_, Rule>) -> Enum {
        let mut kids = self.kids(pair);
        kids.next();
        let name = self.name(&mut kids);
        let mut cases = Vec::new();
        while let Some(rule) = kids.peek() {
            match rule {
                Rule::case => cases.extend(kids.next().map(|pair| self.case(pair))),
                Rule::doc => self.dangling(&mut kids),
                _ => drop(kids.next()),
            }
        }
        Enum {
            name,
            cases: cases.into(),
        }
    }

    fn case(&mut self, pair: Pair<'_, Rule>) -> Case {
        let mut kids = self.kids(pair);
        let docs = self.docs(&mut kids, Rule::doc);
        let name = self.name(&mut kids);
        let span = name.span.to(kids.at);
        let mut fields = Vec::new();
        while let Some(rule) = kids.peek() {
            match rule {
                Rule::field => fields.extend(kids.next().map(|pair| self.field(pair))),
                Rule::doc => self.dangling(&mut kids),
                _ => drop(kids.next()),
            }
        }
        Case {
            docs,
            name,
            fields: fields.into(),
            span,
        }
    }

    fn record(&mut self, pair: Pair<'_, Rule>) -> Record {
        let mut kids = self.kids(pair);
        kids.next();
        Record {
            name: self.name(&mut kids),
            lines: self.fields(&mut kids),
        }
    }

    fn entity(&mut self, pair: Pair<'_, Rule>) -> Entity {
        let mut kids = self.kids(pair);
        kids.next();
        let name = self.name(&mut kids);
        kids.next();
        let key = self.name(&mut kids);
        let owner = kids.take(Rule::owner).and_then(|owner| {
            let mut kids = self.kids(owner);
            kids.next();
            kids.next();
            kids.next().map(|owner| self.name_of(&owner))
        });
        Entity {
            name,
            key,
            owner,
            lines: self.fields(&mut kids),
        }
    }

    fn fields(&mut self, kids: &mut Kids<'_>) -> Box<[FieldLine]> {
        let Some(pair) = kids.next() else {
            return Box::default();
        };
        let mut kids = self.kids(pair);
        let mut lines = Vec::new();
        while let Some(rule) = kids.peek() {
            if rule == Rule::doc {
                self.dangling(&mut kids);
                continue;
            }
            let Some(pair) = kids.next() else { break };
            lines.push(match rule {
                Rule::field => FieldLine::Field(Box::new(self.field(pair))),
                Rule::allow => {
                    let span = self.span(&pair);
                    FieldLine::Allow(self.allow(pair), span)
                }
                _ => FieldLine::Junk(self.junk(pair)),
            });
        }
        lines.into()
    }

    fn field(&mut self, pair: Pair<'_, Rule>) -> Field {
        let mut kids = self.kids(pair);
        let docs = self.docs(&mut kids, Rule::doc);
        let name = self.name(&mut kids);
        let ty = self.type_in(&mut kids);
        let default = kids.next().map(|value| self.value_of(value));
        let span = name.span.to(kids.at);
        Field {
            docs,
            name,
            ty,
            default,
            span,
        }
    }

    pub(super) fn type_in(&mut self, kids: &mut Kids<'_>) -> Type {
        match kids.next() {
            Some(pair) => self.type_of(pair),
            None => Type {
                kind: TypeKind::Junk,
                optional: false,
                span: kids.at,
            },
        }
    }

    fn type_of(&mut self, pair: Pair<'_, Rule>) -> Type {
        let mut kids = self.kids(pair);
        let span = kids.at;
        let kind = match kids.next() {
            Some(pair) => self.type_kind(pair),
            None => TypeKind::Junk,
        };
        Type {
            kind,
            optional: kids.has(Rule::optional),
            span,
        }
    }

    fn type_kind(&mut self, pair: Pair<'_, Rule>) -> TypeKind {
        let rule = pair.as_rule();
        if rule == Rule::Type {
            return TypeKind::Named(self.name_of(&pair));
        }
        let mut kids = self.kids(pair);
        match rule {
            Rule::list_type => {
                let item = Box::new(self.type_in(&mut kids));
                TypeKind::List {
                    item,
                    size: kids.next().map(|range| self.range_of(range)),
                }
            }
            Rule::text_type => {
                let trusted = kids.has(Rule::k_trusted);
                kids.next();
                let length = kids.take(Rule::range).map(|range| self.range_of(range));
                let pattern = kids.take(Rule::regex).map(|regex| self.regex_of(&regex));
                TypeKind::Text {
                    trusted,
                    length,
                    pattern,
                }
            }
            Rule::number_type => {
                let is_int = kids.rule() == Some(Rule::k_int);
                let range = kids.next().map(|range| self.range_of(range));
                if is_int {
                    TypeKind::Int(range)
                } else {
                    TypeKind::Float(range)
                }
            }
            Rule::plain_type => kids
                .rule()
                .and_then(plain)
                .map_or(TypeKind::Junk, TypeKind::Plain),
            _ => TypeKind::Junk,
        }
    }
}

/// Whether the docs at the start of an item stand before something that can have docs.
fn documents(kids: &Kids<'_>) -> bool {
    !matches!(kids.first_but_docs(), Some(Rule::import | Rule::allow))
}

fn plain(rule: Rule) -> Option<PlainType> {
    Some(match rule {
        Rule::k_bool => PlainType::Bool,
        Rule::k_email => PlainType::Email,
        Rule::k_url => PlainType::Url,
        Rule::k_date => PlainType::Date,
        Rule::k_time => PlainType::Time,
        Rule::k_datetime => PlainType::Datetime,
        Rule::k_duration => PlainType::Duration,
        Rule::k_timezone => PlainType::Timezone,
        _ => return None,
    })
}
