// What each word of a spec is called by the TextMate grammar, which colours a file before the server does.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry, parseRawGrammar } = require("vscode-textmate");

const GRAMMAR = path.join(__dirname, "../syntaxes/silex.tmLanguage.json");

async function grammar() {
  const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(fs.readFileSync(GRAMMAR, "utf8"), GRAMMAR),
  });
  return registry.loadGrammar("source.silex");
}

const loaded = grammar();

/** The words of a text with their innermost scopes. */
async function scopes(text) {
  const known = await loaded;
  let stack = INITIAL;
  const words = [];
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = known.tokenizeLine(line, stack);
    stack = ruleStack;
    for (const { startIndex, endIndex, scopes: all } of tokens) {
      const word = line.slice(startIndex, endIndex).trim();
      if (word) words.push([word, all.at(-1)]);
    }
  }
  return words;
}

async function check(text, ...wanted) {
  const words = await scopes(text);
  for (const [word, scope] of wanted) {
    const found = words.filter(([it]) => it === word).map(([, it]) => it);
    assert.ok(found.includes(`${scope}.silex`), `${word} is ${found}, in ${JSON.stringify(words)}`);
  }
}

test("declarations name what they declare", () =>
  check(
    "behaviour answer(mail: Mail) -> Reply {\nentity Reader key address {\nuse house.mail.{short}",
    ["behaviour", "keyword.declaration"],
    ["answer", "entity.name.function"],
    ["Mail", "entity.name.type"],
    ["Reader", "entity.name.type"],
    ["house.mail", "entity.name.namespace"],
  ));

test("a rule is told from its words", () =>
  check(
    '  never promise "Promise a {{ reader.plan | inline(20) }} day."',
    ["never", "keyword.control.rule"],
    ["promise", "entity.name.tag.rule"],
    ["{{", "punctuation.section.embedded.begin"],
    ["reader", "variable.other"],
    ["plan", "variable.other.property"],
    ["inline", "entity.name.function.call"],
    ["20", "constant.numeric"],
  ));

test("blocks go on over lines, and raw ones have no holes", () =>
  check(
    '  role """\n    You {{ a.b }} answer.\n  """\n  goal \'\'\'\n    {{ not a hole }}\n  \'\'\'\n  tools find',
    ["You", "string.quoted.triple"],
    ["a", "variable.other"],
    ["{{ not a hole }}", "string.quoted.other.raw"],
    ["tools", "keyword.control"],
  ));

test("a string that is not closed ends with its line", () =>
  check('  must a "open\n  must b "closed"', ["b", "entity.name.tag.rule"]));

test("literals of every kind", () =>
  check(
    "check matches(reply.body, /\\b(a|b)\\b/i) and 5m > 3 at 09:00 once 2027-03-01 is none // why",
    ["/\\b(a|b)\\b/i", "string.regexp"],
    ["5m", "constant.numeric.duration"],
    ["09:00", "constant.numeric.time"],
    ["2027-03-01", "constant.numeric.datetime"],
    ["none", "constant.language"],
    ["// why", "comment.line.double-slash"],
  ));

test("docs are told from comments", () =>
  check("//! A module.\n/// A thing.\n//// Four.", ["/// A thing.", "comment.line.documentation"], ["//// Four.", "comment.line.double-slash"]));

test("words of the examples are all named", async () => {
  const examples = path.join(__dirname, "../../../examples");
  const files = fs.readdirSync(examples, { recursive: true }).filter((it) => it.endsWith(".silex"));
  assert.ok(files.length > 5);
  for (const file of files) {
    const words = await scopes(fs.readFileSync(path.join(examples, file), "utf8"));
    // What has no scope of its own is a bracket, a comma, a colon or a point.
    const bare = words.filter(([word, scope]) => scope === "source.silex" && /[A-Za-z0-9]/.test(word));
    assert.deepStrictEqual(bare, [], file);
  }
});
