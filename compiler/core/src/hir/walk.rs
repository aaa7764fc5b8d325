//! Every statement of a body, those of followed rulesets included.

use super::{Hir, Statement, StatementKind};

impl Hir {
    /// Calls a function with every statement that can hold in a body, whatever the conditions.
    /// A ruleset is entered once.
    pub fn walk<'a>(&'a self, body: &'a [Statement], visit: &mut dyn FnMut(&'a Statement)) {
        self.walk_once(body, visit, &mut Vec::new());
    }

    fn walk_once<'a>(
        &'a self,
        body: &'a [Statement],
        visit: &mut dyn FnMut(&'a Statement),
        entered: &mut Vec<&'a str>,
    ) {
        for statement in body {
            visit(statement);
            match &statement.kind {
                StatementKind::When(branches) => {
                    for branch in branches {
                        self.walk_once(&branch.body, visit, entered);
                    }
                }
                StatementKind::Follow { ruleset, .. } => {
                    if let Some(followed) = self.rulesets.get(ruleset)
                        && !entered.contains(&ruleset.as_str())
                    {
                        entered.push(ruleset);
                        self.walk_once(&followed.body, visit, entered);
                    }
                }
                StatementKind::Segment { .. }
                | StatementKind::Tools(_)
                | StatementKind::Observe(_)
                | StatementKind::Way(_) => {}
            }
        }
    }

    /// The tools that a body can offer, in the author's order, each once.
    #[must_use]
    pub fn tools_of<'a>(&'a self, body: &'a [Statement]) -> Vec<&'a super::Offered> {
        let mut tools: Vec<&super::Offered> = Vec::new();
        self.walk(body, &mut |statement| match &statement.kind {
            StatementKind::Tools(offered) => {
                for one in offered {
                    if tools.iter().all(|known| known.tool != one.tool) {
                        tools.push(one);
                    }
                }
            }
            StatementKind::Segment { .. }
            | StatementKind::When(_)
            | StatementKind::Follow { .. }
            | StatementKind::Observe(_)
            | StatementKind::Way(_) => {}
        });
        tools
    }

    /// The rules that can hold in a body, in the author's order.
    #[must_use]
    pub fn rules_of<'a>(&'a self, body: &'a [Statement]) -> Vec<&'a silex_bundle::Rule> {
        let mut rules: Vec<&silex_bundle::Rule> = Vec::new();
        self.walk(body, &mut |statement| match &statement.kind {
            StatementKind::Segment {
                kind: silex_bundle::behaviour::Kind::Rule(rule),
                ..
            } => rules.push(rule),
            StatementKind::Segment { .. }
            | StatementKind::When(_)
            | StatementKind::Follow { .. }
            | StatementKind::Tools(_)
            | StatementKind::Observe(_)
            | StatementKind::Way(_) => {}
        });
        rules
    }

    /// What a body observes, under whatever conditions.
    #[must_use]
    pub fn observed_in<'a>(&'a self, body: &'a [Statement]) -> Vec<&'a super::Observed> {
        let mut all = Vec::new();
        self.walk(body, &mut |statement| {
            if let StatementKind::Observe(observed) = &statement.kind {
                all.push(observed);
            }
        });
        all
    }
}
