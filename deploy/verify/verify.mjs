#!/usr/bin/env node
/* Checks a bundle of `daybook audit export`, or a proof of `daybook audit prove`, offline.

    node verify.mjs FOLDER --key VKEY [--witness VKEY]... [--head FILE]...
    node verify.mjs NAME.tlog-proof --key VKEY [--witness VKEY]...

It needs Node 18 or newer and no packages, and shares no code with Daybook. VKEY is a verifier key
(C2SP signed-note) that came another way than the bundle; unpack a .zip first. Exit codes: 0 all is
as it was signed, 1 it is not, 2 the command or its files are not what they have to be.
*/

import { createHash, createPublicKey, verify } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const WIDTH = 256; // hashes of a tile (C2SP tlog-tiles)
const LONGEST = 2_000_000; // bytes of a line or a tile, at most

class Unsound extends Error {}
class BadInput extends Error {}

const said = (number) => number.toLocaleString("en-US");
/** Print text without what a terminal would obey. */
const print = (text) => console.log(text.replace(/\p{C}/gu, "?"));

const sha256 = (...parts) => parts.reduce((to, each) => to.update(each), createHash("sha256")).digest();

function decoded(text, what, length) {
  const found = Buffer.from(text, "base64");
  if (found.toString("base64") !== text) throw new Unsound(`${what} is not base64`);
  if (length && found.length !== length) throw new Unsound(`${what} has not ${length} bytes`);
  return found;
}

// Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature)

const [LOG, WITNESS] = [1, 4]; // kinds of keys (C2SP signed-note)

class Key {
  constructor(vkey, kind) {
    const [, name, id, rest] = vkey.trim().match(/^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/) ?? [];
    const material = Buffer.from(rest ?? "", "base64");
    if (material[0] !== kind || material.length !== 33) {
      const whose = kind === LOG ? "log" : "witness";
      throw new BadInput(`this is no Ed25519 verifier key (NAME+ID+KEY) of a ${whose}: ${vkey.slice(0, 80)}`);
    }
    Object.assign(this, { name, material });
    if (this.idAs(name) !== id) {
      throw new BadInput(`the verifier key of ${name} was copied wrongly: its id differs`);
    }
    const x = material.subarray(1).toString("base64url");
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    Object.assign(this, { isLog: kind === LOG, key });
  }

  idAs(name) {
    return sha256(name, "\n", this.material).toString("hex", 0, 4);
  }

  /** Tell whether a log is this key's: clinic.example/1, and /access below it, or .2 after. */
  isOf(origin) {
    const below = origin.charAt(this.name.length);
    return origin.startsWith(this.name) && ["", ".", "/"].includes(below);
  }

  hasSigned(text, signature) {
    if (this.isLog) return verify(null, text, this.key, signature);
    if (signature.length !== 72) return false;
    const time = `cosignature/v1\ntime ${signature.readBigUInt64BE()}\n`;
    return verify(null, Buffer.concat([Buffer.from(time), text]), this.key, signature.subarray(8));
  }
}

class Note {
  constructor(note, what) {
    const gap = note.lastIndexOf("\n\n");
    const signatures = note.subarray(gap + 2).toString().split("\n");
    if (gap < 0 || signatures.pop() !== "") {
      throw new Unsound(`${what} is not a note: a text, an empty line, and signatures`);
    }
    Object.assign(this, { note, what, text: note.subarray(0, gap + 1) });
    this.lines = this.text.toString().split("\n");
    this.signatures = signatures.map((each) => each.split(" "));
  }

  checkSigned(origin, keys) {
    if (!keys.some((key) => key.isOf(origin) && this.isSignedBy(key, origin))) {
      throw new Unsound(`${this.what} of ${origin} is not signed by the key that was given`);
    }
  }

  isSignedBy(key, signer) {
    let isSigned = false;
    for (const [dash, name, signature, more] of this.signatures) {
      if (dash !== "\u2014" || name !== signer || more !== undefined) continue;
      const bytes = decoded(signature ?? "", `a signature of ${this.what}`);
      if (bytes.toString("hex", 0, 4) !== key.idAs(signer)) continue;
      if (!key.hasSigned(this.text, bytes.subarray(4))) {
        throw new Unsound(`${this.what} has a forged signature of ${signer}`);
      }
      isSigned = true;
    }
    return isSigned;
  }
}

class Checkpoint extends Note {
  constructor(note, what) {
    super(note, what);
    const [origin, size, root] = this.lines;
    if (this.lines.length !== 4 || !origin || !/^(0|[1-9][0-9]{0,14})$/.test(size)) {
      throw new Unsound(`${what} is not a checkpoint of three lines`);
    }
    Object.assign(this, { origin, size: Number(size), root: decoded(root, what, 32) });
  }

  check(keys, witnesses = []) {
    this.checkSigned(this.origin, keys);
    for (const each of witnesses) {
      if (!this.isSignedBy(each, each.name)) throw new Unsound(`${this.what} is not cosigned by ${each.name}`);
    }
  }
}

/** What a log says that goes on with another tree after a restore (daybook/continued/1). */
class Continued extends Note {
  constructor(note, what) {
    super(note, what);
    const [form, origin, before, , , common, because] = this.lines;
    if (this.lines.length !== 8 || form !== "daybook/continued/1") {
      throw new Unsound(`${what} is not of the form daybook/continued/1`);
    }
    Object.assign(this, { origin, before, because, common: /^[0-9]{1,15}$/.test(common) ? Number(common) : -1 });
  }
}

// The Merkle tree (RFC 6962, section 2.1; RFC 9162, sections 2.1.3.2 and 2.1.4.2)

const leafHash = (entry) => sha256("\x00", entry);
const nodeHash = (left, right) => sha256("\x01", left, right);

function rootOf(hashes) {
  let row = hashes;
  while (row.length > 1) {
    row = row.flatMap((each, at) => (at % 2 ? [] : [nodeHash(each, row[at + 1])]));
  }
  return row[0];
}

const half = (number) => Math.floor(number / 2); // sizes may have more than 32 bits

/** Climb from a place to the root; `left` and `right` take what joins from there; false: too long. */
function climb(place, size, proof, left, right) {
  let [number, last] = [place, size - 1];
  for (const each of proof) {
    if (last === 0) return false;
    if (number % 2 || number === last) {
      left(each);
      while (number % 2 === 0 && number) [number, last] = [half(number), half(last)];
    } else {
      right(each);
    }
    [number, last] = [half(number), half(last)];
  }
  return last === 0;
}

function hasInclusion(leaf, index, size, proof, root) {
  let found = leaf;
  const left = (each) => (found = nodeHash(each, found));
  const right = (each) => (found = nodeHash(found, each));
  const isPlaced = index < size && leaf.length === 32;
  return isPlaced && climb(index, size, proof, left, right) && found.equals(root);
}

function hasConsistency(first, firstRoot, second, secondRoot, proof) {
  if (first === second && first) return proof.length === 0 && firstRoot.equals(secondRoot);
  if (!(first > 0 && first < second) || proof.length === 0) return false;
  let [number, last] = [first - 1, second - 1];
  while (number % 2) [number, last] = [half(number), half(last)];
  const [begin, ...rest] = number ? proof : [firstRoot, ...proof];
  let [before, after] = [begin, begin];
  const left = (each) => ([before, after] = [nodeHash(each, before), nodeHash(each, after)]);
  const right = (each) => (after = nodeHash(after, each));
  const isWhole = climb(number, last + 1, rest, left, right);
  return isWhole && before.equals(firstRoot) && after.equals(secondRoot);
}

function tileName(level, number, width) {
  const parts = [String(number % 1000).padStart(3, "0")];
  for (let rest = number; (rest = Math.floor(rest / 1000)); ) {
    parts.unshift(`x${String(rest % 1000).padStart(3, "0")}`);
  }
  return `tile/${level}/${parts.join("/")}${width < WIDTH ? `.p/${width}` : ""}`;
}

/** Builds a tree tile by tile, and holds each tile against the bundle's (C2SP tlog-tiles). */
class Tree {
  levels = [[]];
  done = [0];
  waiting = [];
  size = 0;

  constructor(bundle) {
    this.bundle = bundle;
  }

  append(entry, name) {
    this.waiting.push({ entry, name });
    this.add(0, leafHash(entry));
    this.size += 1;
  }

  add(level, hash) {
    if (level === this.levels.length) {
      this.levels.push([]);
      this.done.push(0);
    }
    this.levels[level].push(hash);
    if (this.levels[level].length === WIDTH) {
      this.check(level);
      const root = rootOf(this.levels[level]);
      this.levels[level] = [];
      this.done[level] += 1;
      this.add(level + 1, root);
    }
  }

  check(level) {
    const hashes = this.levels[level];
    const found = this.bundle.whole(tileName(level, this.done[level], hashes.length));
    if (!found.equals(Buffer.concat(hashes))) {
      const wrong = hashes.findIndex((each, at) => !found.subarray(at * 32, at * 32 + 32).equals(each));
      if (level === 0 && wrong >= 0) {
        throw new Unsound(`${this.waiting[wrong].name} is not the leaf that its tile has`);
      }
      throw new Unsound(`tile ${this.done[level]} of level ${level} is not what the leaves make`);
    }
    if (level > 0) return;
    const name = tileName("entries", this.done[0], hashes.length);
    const sized = ({ entry }) => [Buffer.from([entry.length >> 8, entry.length & 255]), entry];
    if (!this.bundle.whole(name).equals(Buffer.concat(this.waiting.flatMap(sized)))) {
      throw new Unsound(`${name} is not what the leaves make`);
    }
    this.waiting = [];
  }

  checkLastTiles() {
    this.levels.forEach((hashes, level) => hashes.length && this.check(level));
  }

  root() {
    const peaks = [];
    for (const hashes of this.levels.toReversed?.() ?? [...this.levels].reverse()) {
      let at = 0;
      for (let width = WIDTH / 2; width; width = half(width)) {
        if (!(hashes.length & width)) continue;
        peaks.push(rootOf(hashes.slice(at, at + width)));
        at += width;
      }
    }
    return peaks.length ? peaks.reduceRight((found, each) => nodeHash(each, found)) : sha256("");
  }
}

// Bundles

class Bundle {
  constructor(folder) {
    this.folder = folder;
    if (!this.has("checkpoint")) {
      throw new BadInput(`there is no bundle in ${folder}: it has no file named checkpoint`);
    }
  }

  has(name) {
    return existsSync(join(this.folder, name));
  }

  whole(name) {
    if (!this.has(name)) throw new Unsound(`${name} is missing`);
    if (statSync(join(this.folder, name)).size > LONGEST) throw new Unsound(`${name} is too long`);
    return readFileSync(join(this.folder, name));
  }

  /** Yield the lines of a file without their ends. */
  *lines(name) {
    if (!this.has(name)) throw new Unsound(`${name} is missing`);
    const file = openSync(join(this.folder, name), "r");
    const chunk = Buffer.alloc(1 << 18);
    let rest = Buffer.alloc(0);
    for (let length; (length = readSync(file, chunk, 0, chunk.length, null)); ) {
      rest = Buffer.concat([rest, chunk.subarray(0, length)]);
      let begin = 0;
      for (let end; (end = rest.indexOf(10, begin)) >= 0; begin = end + 1) yield rest.subarray(begin, end);
      rest = rest.subarray(begin);
      if (rest.length > LONGEST) throw new Unsound(`a line of ${name} is too long`);
    }
    closeSync(file);
    if (rest.length) throw new Unsound(`the last line of ${name} does not end`);
  }
}

class Leaf {
  constructor(entry, where) {
    let parts = [];
    try {
      parts = JSON.parse(entry);
    } catch {} // what is no JSON is no leaf either
    const [form, position, of, version, topic, digest] = Array.isArray(parts) ? parts : [];
    const isRight = form === "daybook/1" && parts.length === 6 && [position, version].every(Number.isSafeInteger);
    if (!isRight || ![of, topic, digest].every((each) => typeof each === "string")) {
      throw new Unsound(`${where} is not a leaf of the form daybook/1`);
    }
    Object.assign(this, { position, topic, digest, name: `${of}:${version} at position ${position}` });
  }

  checkBody(body) {
    if (sha256(body).toString("hex") !== this.digest) {
      throw new Unsound(`the body of ${this.name} is not what was sealed`);
    }
  }
}

function checkBundle(folder, keys, witnesses, heads) {
  const bundle = new Bundle(folder);
  const head = new Checkpoint(bundle.whole("checkpoint"), "checkpoint");
  head.check(keys, witnesses);
  const isPart = bundle.has("proofs.jsonl");
  const roots = new Map([[head.size, head.root]]);
  const parted = allContinued(bundle, keys);
  const { count, withheld } = checkLeaves(bundle, head, isPart, heads, roots);
  if (isPart) {
    print(`part         ${said(count)} events, each of them in the log of ${said(head.size)}`);
    print("             it does not show whether any was left out");
  } else {
    print(`whole        ${said(count)} events, none left out up to this head`);
  }
  if (withheld) print(`withheld     the bodies of ${said(withheld)} events: their places are proved`);
  print(`head         ${head.origin}, ${said(head.size)} leaves, signed`);
  for (const { before, common, because } of parted.values()) {
    const where = common < 0 ? "nobody knows how many" : `${said(common)} leaves`;
    print(`continued    from ${before} after ${where}: ${because}`);
  }
  for (const each of witnesses) print(`witness      ${each.name} cosigned it`);
  if (bundle.has("earlier.checkpoint")) {
    const earlier = new Checkpoint(bundle.whole("earlier.checkpoint"), "earlier.checkpoint");
    earlier.check(keys);
    if (!isShared(earlier, head.origin, parted)) {
      throw new Unsound("earlier.checkpoint is a head of another log");
    }
    checkGoesOn(earlier, head, bundle.whole("add-checkpoint"));
    roots.set(earlier.size, earlier.root);
    print(`earlier      the log goes on from the head of ${said(earlier.size)}`);
  }
  for (const each of heads) {
    if (!isShared(each, head.origin, parted) || !roots.has(each.size)) {
      throw new Unsound(`nothing here shows whether the log goes on from ${each.what}`);
    }
    if (!each.root.equals(roots.get(each.size))) {
      throw new Unsound(`${each.what}, of ${said(each.size)} leaves, is of another history`);
    }
    print(`held         the log goes on from the head of ${said(each.size)} that is held`);
  }
}

/** Return how a log was continued with other trees, by the origin of each. */
function allContinued(bundle, keys) {
  const found = new Map();
  for (let name; bundle.has((name = `continued/${found.size + 1}.note`)); ) {
    const each = new Continued(bundle.whole(name), name);
    each.checkSigned(each.origin, keys);
    if (found.has(each.origin)) throw new Unsound(`${name} is of a tree of which another note tells`);
    found.set(each.origin, each);
  }
  return found;
}

/** Tell whether the leaves of a head are of this tree too, as far as is stated. */
function isShared(kept, origin, parted) {
  if (origin === kept.origin) return true;
  const rest = new Map(parted);
  const { before, common } = rest.get(origin) ?? { common: -1 };
  return kept.size <= common && rest.delete(origin) && isShared(kept, before, rest);
}

function checkLeaves(bundle, head, isPart, heads, roots) {
  const bodies = bundle.lines("events.jsonl");
  const proofs = isPart ? bundle.lines("proofs.jsonl") : undefined;
  const sizes = new Set(heads.map((each) => each.size));
  const tree = new Tree(bundle);
  let [last, count, withheld] = [undefined, 0, 0];
  for (const line of bundle.lines("leaves.jsonl")) {
    const entry = Buffer.from(line);
    const leaf = new Leaf(entry, `line ${++count} of leaves.jsonl`);
    if (last && leaf.position <= last.position) throw new Unsound(`${leaf.name} comes after ${last.name}`);
    const { value: body } = bodies.next();
    if (!body) throw new Unsound(`events.jsonl ends before ${leaf.name}`);
    if (body.length) leaf.checkBody(body);
    else withheld += 1;
    if (isPart) {
      checkProofLine(entry, leaf, proofs.next().value, head);
    } else {
      tree.append(entry, leaf.name);
      if (sizes.has(tree.size) && tree.size !== head.size) roots.set(tree.size, tree.root());
    }
    last = leaf;
  }
  if (!bodies.next().done || (isPart && !proofs.next().done)) {
    throw new Unsound("events.jsonl or proofs.jsonl has more lines than leaves.jsonl");
  }
  if (!isPart) {
    if (count !== head.size) {
      throw new Unsound(`there are ${said(count)} leaves, and the signed head is of ${said(head.size)}`);
    }
    tree.checkLastTiles();
    if (!tree.root().equals(head.root)) throw new Unsound("the leaves do not make the root that was signed");
  }
  return { count, withheld };
}

function checkProofLine(entry, leaf, line, head) {
  let found = {};
  try {
    found = JSON.parse(line);
  } catch {} // what is no JSON is no proof either
  const { index, proof } = found ?? {};
  const isList = Array.isArray(proof) && proof.every((each) => typeof each === "string");
  if (!isList || !Number.isSafeInteger(index) || index < 0) throw new Unsound(`there is no proof of ${leaf.name}`);
  const hashes = proof.map((each) => decoded(each, `the proof of ${leaf.name}`, 32));
  if (!hasInclusion(leafHash(entry), index, head.size, hashes, head.root)) {
    throw new Unsound(`${leaf.name} is not in the log at place ${said(index)}`);
  }
}

function checkGoesOn(earlier, head, asked) {
  const gap = asked.indexOf("\n\n");
  const [old, ...proof] = asked.toString("latin1", 0, Math.max(gap, 0)).split("\n");
  if (gap < 0 || !asked.subarray(gap + 2).equals(head.note) || old !== `old ${earlier.size}`) {
    throw new Unsound("add-checkpoint is not of the two heads that are here");
  }
  const hashes = proof.map((each) => decoded(each, "add-checkpoint", 32));
  const goesOn = hasConsistency(earlier.size, earlier.root, head.size, head.root, hashes);
  if (!goesOn) throw new Unsound("the log does not go on from earlier.checkpoint");
}

/** Check a .tlog-proof (C2SP tlog-proof) with the leaf and the body that stand beside it. */
function checkProof(path, keys, witnesses) {
  const [leafFile, bodyFile] = [".leaf", ".json"].map((end) => path.replace(/\.tlog-proof$/, end));
  if (!existsSync(leafFile)) throw new BadInput(`${leafFile} has to stand beside ${path}`);
  const whole = readFileSync(path);
  const gap = whole.indexOf("\n\n");
  const lines = whole.toString("latin1", 0, Math.max(gap, 0)).split("\n");
  if (lines[1]?.startsWith("extra ")) lines.splice(1, 1);
  const [form, place, ...proof] = lines;
  const [, index] = (place ?? "").match(/^index (0|[1-9][0-9]{0,14})$/) ?? [];
  if (form !== "c2sp.org/tlog-proof@v1" || index === undefined) {
    throw new Unsound(`${basename(path)} is not a proof of the form c2sp.org/tlog-proof@v1`);
  }
  const head = new Checkpoint(whole.subarray(gap + 2), "the checkpoint of the proof");
  head.check(keys, witnesses);
  const text = readFileSync(leafFile);
  const entry = text.at(-1) === 10 ? text.subarray(0, -1) : text;
  const leaf = new Leaf(entry, basename(leafFile));
  const hashes = proof.map((each) => decoded(each, basename(path), 32));
  if (!hasInclusion(leafHash(entry), Number(index), head.size, hashes, head.root)) {
    throw new Unsound(`${leaf.name} is not in the log at place ${index}`);
  }
  print(`event        ${leaf.name}, ${leaf.topic}`);
  if (existsSync(bodyFile)) {
    leaf.checkBody(readFileSync(bodyFile));
    print(`body         ${basename(bodyFile)}, as it was sealed`);
  } else {
    print("withheld     the body of the event: its place is proved");
  }
  print(`head         ${head.origin}, ${said(head.size)} leaves, signed`);
}

function main(words) {
  const asked = { "--key": [], "--witness": [], "--head": [] };
  const paths = [];
  while (words.length) {
    const word = words.shift();
    if (word in asked && words.length) asked[word].push(words.shift());
    else paths.push(word);
  }
  if (paths.length !== 1 || paths[0].startsWith("-") || !asked["--key"].length) {
    throw new BadInput("say BUNDLE --key VKEY [--witness VKEY]... [--head FILE]...");
  }
  const [path] = paths;
  const keys = asked["--key"].map((each) => new Key(each, LOG));
  const witnesses = asked["--witness"].map((each) => new Key(each, WITNESS));
  if (path.endsWith(".tlog-proof")) return checkProof(path, keys, witnesses);
  if (!existsSync(path) || !statSync(path).isDirectory()) throw new BadInput(`there is no folder ${path}`);
  const heads = asked["--head"].map((each) => new Checkpoint(readFileSync(each), `the head in ${each}`));
  for (const each of heads) each.check(keys);
  return checkBundle(path, keys, witnesses, heads);
}

const [, program] = process.argv;
if (existsSync(program) && import.meta.url === pathToFileURL(realpathSync(program)).href) {
  try {
    main(process.argv.slice(2));
    console.log("sound");
  } catch (why) {
    const isUnsound = why instanceof Unsound;
    console.error(`${isUnsound ? "not sound" : "verify.mjs"}: ${why.message.replace(/\p{C}/gu, "?")}`);
    process.exitCode = isUnsound ? 1 : 2;
  }
}

export { Key, hasConsistency, hasInclusion, tileName };
