// The prompt beside its spec, with the real server behind it.
"use strict";

const assert = require("node:assert");
const { test } = require("node:test");
const { page } = require("../src/page");
const { Preview } = require("../src/preview");
const { Server } = require("./server");

const SPEC = `/// Somebody who writes.
entity Reader key address {
  address: email
  name: text 0..80 = ""
  paying: bool = false
}

/// Answers.
behaviour answer(reader: Reader, mail: Mail) -> Reply {
  role "You answer letters."
  must greet "Greet {{ reader.name | inline(80) }}."
  when reader.paying {
    should thank "Thank them."
  } else {
    may offer "Offer a subscription."
  }
}
`;

async function shown(run) {
  const server = new Server({ "silex.yaml": 'name: letters\nversion: 0.1.0\nsilex: "0.1"\n', "specs/desk.silex": SPEC });
  try {
    await server.open("specs/desk.silex");
    const preview = new Preview((method, params) => server.ask(method, params), server.uri("specs/desk.silex"), "desk.answer");
    await run(await preview.refresh(), server);
  } finally {
    await server.end();
  }
}

const text = (preview) => preview.prompt.parts.map((it) => it.text).join("");

test("a toggled condition shows the variant in which it turns out the other way", () =>
  shown(async (preview) => {
    const before = text(preview).includes("Thank them.");
    await preview.toggle(0);
    assert.notStrictEqual(text(preview).includes("Thank them."), before);
    await preview.toggle(0);
    assert.strictEqual(text(preview).includes("Thank them."), before);
  }));

test("an input that is given is in the prompt", () =>
  shown(async (preview) => {
    await preview.give("reader.name", "Ada & Eve");
    assert.match(text(preview), /Ada & Eve/);
    await preview.give("reader.paying", true);
    assert.match(text(preview), /Thank them\./);
    assert.match(page(preview, "n"), /type="checkbox" step="any" data-give="reader.paying" checked>/);
    // On the page nothing of it is markup.
    assert.match(page(preview, "n"), /type="text" step="any" data-give="reader.name" value="Ada &amp; Eve">/);
    assert.match(page(preview, "n"), /Ada &amp; Eve/);
    preview.problem = "<script>";
    assert.doesNotMatch(page(preview, "n"), /<script>/);
  }));

test("each variant can be picked, and the page lists them with the line of the cache", () =>
  shown(async (preview) => {
    assert.strictEqual(preview.listing.variants.length, 2);
    const texts = new Set();
    for (const { hash } of preview.listing.variants) {
      await preview.pick(hash);
      texts.add(text(preview));
      const html = page(preview, "n");
      assert.match(html, new RegExp(`data-variant="${hash}" class="chosen"`));
      assert.match(html, /class="cache"/);
    }
    assert.strictEqual(texts.size, 2);
  }));

test("a line of the spec leads to its lines of the prompt, and back", () =>
  shown(async (preview, server) => {
    const line = SPEC.split("\n").findIndex((it) => it.includes("must greet"));
    const [at] = preview.partsAt(server.uri("specs/desk.silex"), line);
    const { segment } = preview.prompt.parts[at];
    assert.strictEqual(segment.id, "desk.answer.greet");
    assert.strictEqual(segment.location.range.start.line, line);
    assert.deepStrictEqual(preview.partsAt(server.uri("specs/desk.silex"), 0), []);
  }));

test("a spec with a mistake leaves the last prompt standing and says why", () =>
  shown(async (preview, server) => {
    const before = text(preview);
    server.change("specs/desk.silex", 2, SPEC.replace("Reply", "Replly"));
    await preview.refresh();
    assert.strictEqual(text(preview), before);
    assert.match(page(preview, "n"), /class="problem">[^<]*errors/);
    server.change("specs/desk.silex", 3, SPEC.replace("Thank them.", "Thank them twice."));
    await preview.pick(preview.listing.variants[0].hash);
    await preview.give("reader.paying", true);
    assert.match(text(preview), /Thank them twice\./);
    assert.strictEqual(preview.problem, undefined);
  }));
