// Solves the golden positions in the engine of a browser: node run.mjs boneyard_light.wasm
import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { positions, differing } = new WebAssembly.Instance(module, {}).exports;
const start = performance.now();
const wrong = differing(0);
const seconds = (performance.now() - start) / 1000;
const noticed = differing(1);
console.log(`${positions()} golden positions, ${wrong} solved otherwise, ${seconds.toFixed(1)} s in WebAssembly`);
if (positions() < 300 || wrong !== 0 || noticed !== positions()) {
  console.error(`expected at least 300 positions, none otherwise, and a shift noticed in all (${noticed})`);
  process.exit(1);
}
