// The extension: it starts `silex lsp`, and shows prompts beside their specs.
"use strict";

const crypto = require("node:crypto");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { page } = require("./page");
const { Preview } = require("./preview");

let client;
let shown;

function program() {
  return vscode.workspace.getConfiguration("silex").get("path") || "silex";
}

async function start() {
  const server = { command: program(), args: ["lsp"] };
  client = new LanguageClient("silex", "Silex", server, { documentSelector: [{ language: "silex" }] });
  await client.start();
}

async function activate(context) {
  const command = (name, run) => context.subscriptions.push(vscode.commands.registerCommand(name, run));
  command("silex.previewPrompt", preview);
  command("silex.showVariants", preview);
  command("silex.runExample", runExample);
  command("silex.restart", async () => {
    await client?.stop();
    await start();
  });
  context.subscriptions.push(
    vscode.workspace.onDidChangeTextDocument(({ document }) => document.languageId === "silex" && redraw()),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor, selections }) => {
      if (textEditor.document.languageId !== "silex" || !shown) return;
      const uri = textEditor.document.uri.toString();
      shown.panel.webview.postMessage({ here: shown.preview.partsAt(uri, selections[0].active.line) });
    }),
  );
  await start();
}

/** Shows the prompt of a behaviour: of a lens, or the one under the cursor. */
async function preview(uri, behaviour) {
  const editor = vscode.window.activeTextEditor;
  const ask = (method, params) => client.sendRequest(method, params);
  const file = typeof uri === "string" ? uri : editor?.document.uri.toString();
  if (!file) return;
  if (!behaviour) {
    const position = client.code2ProtocolConverter.asPosition(editor.selection.active);
    try {
      const prompt = await ask("silex/renderPrompt", { textDocument: { uri: file }, position, inputs: {} });
      behaviour = prompt.behaviour;
    } catch (error) {
      vscode.window.showWarningMessage(error.message);
      return;
    }
  }
  if (!shown) {
    const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel("silex.prompt", "Prompt", beside, { enableScripts: true });
    panel.onDidDispose(() => (shown = undefined));
    panel.webview.onDidReceiveMessage(told);
    shown = { panel };
  }
  shown.preview = new Preview(ask, file, behaviour);
  shown.panel.title = behaviour.split(".").at(-1);
  await redraw();
}

/** Asks again what is shown, and shows it. */
async function redraw() {
  await shown?.preview?.refresh();
  draw();
}

function draw() {
  if (shown?.preview) shown.panel.webview.html = page(shown.preview, crypto.randomBytes(16).toString("hex"));
}

/** What the author did on the page. */
async function told(message) {
  const location = await shown.preview.take(message);
  if (!location) return draw();
  const range = client.protocol2CodeConverter.asRange(location.range);
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(location.uri));
  const options = { viewColumn: vscode.ViewColumn.One, selection: range };
  return vscode.window.showTextDocument(document, options);
}

/** Plays the examples of the package in a terminal. */
async function runExample(uri) {
  const file = vscode.Uri.parse(typeof uri === "string" ? uri : vscode.window.activeTextEditor.document.uri.toString());
  const manifests = await vscode.workspace.findFiles("**/silex.yaml");
  const folders = manifests.map((it) => vscode.Uri.joinPath(it, ".."));
  const around = folders.filter((it) => file.path.startsWith(`${it.path}/`));
  const folder = around.sort((a, b) => b.path.length - a.path.length)[0];
  const terminal = vscode.window.createTerminal({ name: "silex test", cwd: folder });
  terminal.show(true);
  terminal.sendText(`${program()} test`);
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
