//! What of a typed package is kept when a part of it has changed.

use silex_bundle::Bundle;

use super::Hir;

impl Hir {
    /// Forgets the declaration of a qualified name.
    pub fn forget(&mut self, name: &str) {
        self.declarations.remove(name);
        self.constants.remove(name);
        self.models.remove(name);
        self.rulesets.remove(name);
        self.behaviours.remove(name);
        self.tools.remove(name);
        self.agents.remove(name);
        self.examples.remove(name);
        self.names.remove(name);
    }

    /// Takes back what code generation has moved into a bundle, and gives the behaviours that it made.
    pub fn take_back(
        &mut self,
        bundle: Bundle,
    ) -> std::collections::BTreeMap<String, std::sync::Arc<silex_bundle::Behaviour>> {
        self.declarations = bundle.declarations;
        self.models = bundle.models;
        self.tools = bundle.tools;
        self.agents = bundle.agents;
        self.examples = bundle.examples;
        bundle.behaviours
    }
}
