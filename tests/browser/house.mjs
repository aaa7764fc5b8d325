// A real `silexd` in a folder of its own with the peers that it talks to, and a real browser.

import { spawn, execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";

const { SILEX, SILEXD, CHROMIUM } = process.env;
const SPECS = join(import.meta.dirname, "desk");

/** Waits until `look` gives something that counts, and gives that. */
export async function until(what, look, ms = 120_000) {
  for (const deadline = Date.now() + ms; ; await sleep(50)) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
  }
}

/** A `silexd`. Without `peers` its answers come from the script. `changes` are texts of its package, and what stands in their place. */
export class House {
  constructor({ peers, changes = {}, settings = {} } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "silex-browser-"));
    for (const name of ["in", "out"]) mkdirSync(join(this.folder, name));
    cpSync(SPECS, join(this.folder, "specs"), { recursive: true });
    this.#build(changes);
    const models = peers ? { providers: { anthropic: { key: "sk-test", base_url: peers.model } } } : { scripted: true };
    const config = {
      bundle: "bundle.json", database: "silex.db", secret: "of the browser's tests", listen: "127.0.0.1:0",
      inbound: { folder: "in", authserv_id: "mx.library.example" }, outbound: { outbox: "out" }, models,
      endpoints: peers ? { tickets: { url: peers.tickets, secret: "shared" } } : {},
      reviewers: [{ name: "you", address: "you@library.example" }, { name: "rosa", address: "rosa@library.example" }],
      review: { by_mail: false },
      ...settings,
    };
    writeFileSync(join(this.folder, "silexd.yaml"), JSON.stringify(config));
  }

  /** Starts it, and waits until it serves. */
  async start() {
    this.said = "";
    this.child = spawn(SILEXD, ["serve"], { cwd: this.folder, env: { SILEX_LOG: "info", PATH: process.env.PATH } });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (text) => { this.said += text; });
    this.url = await until("silexd to listen", () => {
      if (this.child.exitCode !== null) throw new Error(`silexd ended:\n${this.said}`);
      return this.said.match(/silexd listens on (\S+)/)?.[1];
    });
    return this;
  }

  async stop() {
    if (this.child?.exitCode === null) {
      const ended = new Promise((resolve) => this.child.once("exit", resolve));
      this.child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Takes another bundle into use: that of its package with texts in the place of others. */
  async swap(changes) {
    this.#build(changes);
    this.child.kill("SIGHUP");
    await until("the bundle to be in use", async () => (await this.page("/behaviours/changes")).includes("Against"));
  }

  #build(changes) {
    const [specs, next] = [join(this.folder, "specs"), join(this.folder, "next.json")];
    const file = join(specs, "specs/desk.silex");
    let text = readFileSync(file, "utf8");
    for (const [before, after] of Object.entries(changes)) {
      if (!text.includes(before)) throw new Error(`the package does not say ${before}`);
      text = text.replace(before, after);
    }
    writeFileSync(file, text);
    execFileSync(SILEX, ["build", specs, "-o", next], { stdio: ["ignore", "ignore", "pipe"] });
    renameSync(next, join(this.folder, "bundle.json"));
  }

  /** Runs a command of it beside the process that serves, and gives what it printed. */
  run(...words) {
    return execFileSync(SILEXD, words, { cwd: this.folder, encoding: "utf8", env: { USER: "rosa", PATH: process.env.PATH } });
  }

  /** The text of a page of it. */
  page(path) {
    return fetch(`${this.url}${path}`).then((answer) => answer.text());
  }

  /** Puts a mail into its folder, whole at once. */
  mail(name, { from = "Ada Amber <ada@a.example>", subject = "A late book", text = "When is the book back?", headers = [], answers } = {}) {
    const address = from.match(/<(.+)>/)?.[1] ?? from;
    const lines = [
      `Authentication-Results: mx.library.example; spf=pass; dkim=pass header.d=${address.split("@")[1]}; dmarc=pass header.from=${address.split("@")[1]}`,
      `From: ${from}`, "To: desk@library.example", `Subject: ${subject}`, `Message-ID: <${name}@${address.split("@")[1]}>`,
      `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`, ...(answers ? [`In-Reply-To: <${answers}>`] : []), ...headers,
    ];
    if (!headers.some((line) => /^content-type/i.test(line))) lines.push("Content-Type: text/plain; charset=utf-8");
    this.drop(name, `${lines.join("\r\n")}\r\n\r\n${text.replace(/\n/g, "\r\n")}\r\n`);
  }

  /** Writes a file into its folder, and says where it is. */
  write(name, text) {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  drop(name, bytes) {
    const unfinished = join(this.folder, `unfinished-${name}`);
    writeFileSync(unfinished, bytes);
    renameSync(unfinished, join(this.folder, "in", `${name}.eml`));
  }

  /** The mails that left. */
  outbox() {
    const names = readdirSync(join(this.folder, "out")).filter((name) => name.endsWith(".eml"));
    return names.sort().map((name) => readFileSync(join(this.folder, "out", name), "utf8"));
  }

  /** Waits until a draft is held, and gives its number. */
  held(most = 1) {
    return until("a held draft", () => {
      const held = this.run("drafts", "list").split("\n").filter((line) => /\bheld\b/.test(line));
      return held.length >= most && Number(held[0].trim().split(/\s+/)[0]);
    });
  }
}

/** A browser. Nothing of it leaves this machine. */
export const browser = () => chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"] });

/** Takes a step that leads to a page, and is on that page then: what comes next is neither read from the page before nor done to it. */
export async function leads(tab, step) {
  await Promise.all([tab.waitForEvent("load"), step()]);
}
/** Presses a button that leads to a page. */
export const press = (tab, name) => leads(tab, () => tab.getByRole("button", { name }).first().click());
/** Follows a link. */
export const follow = (tab, name) => leads(tab, () => tab.getByRole("link", { name }).first().click());

/** A page on which an error of a script fails the test. */
export async function page(browser, house, options = {}) {
  const context = await browser.newContext({ baseURL: house.url, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error" && !/ERR_INTERNET_DISCONNECTED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION/.test(message.text())) page.troubles.push(message.text()); });
  page.setDefaultTimeout(60_000);
  return page;
}
