// A prompt beside its spec: which one is shown, and what becomes of it when the author picks another
// variant, gives an input, toggles a condition or edits. It knows no editor, only how to ask the server.
"use strict";

class Preview {
  /** `ask(method, params)` asks the language server; `uri` and `behaviour` say what is shown. */
  constructor(ask, uri, behaviour) {
    this.ask = ask;
    this.uri = uri;
    this.behaviour = behaviour;
    this.variant = undefined;
    this.inputs = {};
    this.prompt = undefined;
    this.listing = undefined;
    this.problem = undefined;
  }

  params(more) {
    return { textDocument: { uri: this.uri }, behaviour: this.behaviour, ...more };
  }

  /** Asks again, after an edit or a choice. A prompt that cannot be made leaves the last one standing. */
  async refresh() {
    try {
      this.listing = await this.ask("silex/variants", this.params({}));
      const known = this.listing.variants.some((it) => it.hash === this.variant);
      if (!known) this.variant = undefined;
      this.prompt = await this.ask("silex/renderPrompt", this.params({ variant: this.variant, inputs: this.inputs }));
      this.problem = undefined;
    } catch (error) {
      this.problem = error.message;
    }
    return this;
  }

  /** Shows the variant of a hash, without inputs of the author's own. */
  async pick(hash) {
    this.variant = hash;
    this.inputs = {};
    return this.refresh();
  }

  /** Gives an input, or a field of one, by its path: `reader.plan`. */
  async give(path, value) {
    const names = path.split(".");
    let place = this.inputs;
    for (const name of names.slice(0, -1)) {
      place[name] = typeof place[name] === "object" && place[name] !== null ? place[name] : {};
      place = place[name];
    }
    place[names.at(-1)] = value;
    return this.refresh();
  }

  /**
   * Shows the variant in which a condition turns out the other way, and of those the one that is most
   * like what is shown. There is none for a condition that decides nothing.
   */
  async toggle(number) {
    const asked = this.params({ variant: this.variant, inputs: this.inputs, toggle: number });
    const other = await this.ask("silex/renderPrompt", asked);
    return other.variant === this.prompt.variant ? this : this.pick(other.variant);
  }

  /**
   * Does what the author did on the page. Gives the place in the specs that they want to see, if it was
   * that.
   */
  async take({ variant, toggle, give, value, part, absent }) {
    if (variant) await this.pick(variant);
    else if (toggle) await this.toggle(Number(toggle));
    else if (give) await this.give(give, value);
    const of = part ? this.prompt.parts[Number(part)] : absent && this.prompt.absent[Number(absent)];
    return of?.segment?.location;
  }

  /** The numbers of the parts that come from a place in a file. */
  partsAt(uri, line) {
    const here = ({ segment }) =>
      segment?.location?.uri === uri &&
      segment.location.range.start.line <= line &&
      line <= segment.location.range.end.line;
    return (this.prompt?.parts ?? []).flatMap((part, at) => (here(part) ? [at] : []));
  }
}

module.exports = { Preview };
