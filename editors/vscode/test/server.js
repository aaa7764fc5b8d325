// The real server, spoken to as the extension's client does. `SILEX` names the program; else it is
// looked for where cargo builds it.
"use strict";

const assert = require("node:assert");
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

function program() {
  const built = ["release", "debug"].map((it) => path.join(__dirname, "../../../target", it, "silex"));
  const found = [process.env.SILEX, ...built].find((it) => it && fs.existsSync(it));
  if (!found) throw new Error("build `silex` first, or say in SILEX where it is");
  return found;
}

class Server {
  constructor(files) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "silex-"));
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(this.folder, name)), { recursive: true });
      fs.writeFileSync(path.join(this.folder, name), text);
    }
    this.process = spawn(program(), ["lsp"], { stdio: ["pipe", "pipe", "inherit"] });
    this.ended = once(this.process, "exit");
    this.waiting = new Map();
    this.next = 1;
    let rest = Buffer.alloc(0);
    this.process.stdout.on("data", (data) => {
      rest = Buffer.concat([rest, data]);
      for (;;) {
        const head = rest.indexOf("\r\n\r\n");
        if (head < 0) return;
        const length = Number(/Content-Length: (\d+)/i.exec(rest.subarray(0, head))[1]);
        if (rest.length < head + 4 + length) return;
        this.take(JSON.parse(rest.subarray(head + 4, head + 4 + length)));
        rest = rest.subarray(head + 4 + length);
      }
    });
  }

  take(message) {
    const { resolve, reject } = this.waiting.get(message.id) ?? {};
    if (message.error) reject?.(new Error(message.error.message));
    else resolve?.(message.result);
  }

  send(message) {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  ask(method, params) {
    const id = this.next++;
    this.send({ id, method, params });
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  uri(name) {
    return pathToFileURL(path.join(fs.realpathSync(this.folder), name)).href;
  }

  async open(name) {
    await this.ask("initialize", { processId: null, rootUri: null, capabilities: {} });
    this.send({ method: "initialized", params: {} });
    const text = fs.readFileSync(path.join(this.folder, name), "utf8");
    this.send({ method: "textDocument/didOpen", params: { textDocument: { uri: this.uri(name), languageId: "silex", version: 1, text } } });
  }

  change(name, version, text) {
    const textDocument = { uri: this.uri(name), version };
    this.send({ method: "textDocument/didChange", params: { textDocument, contentChanges: [{ text }] } });
  }

  /** Ends the server as VS Code does, and sees that it ends. */
  async end() {
    await this.ask("shutdown", null);
    this.send({ method: "exit" });
    const [status] = await this.ended;
    assert.strictEqual(status, 0);
    fs.rmSync(this.folder, { recursive: true });
  }
}

module.exports = { Server };
