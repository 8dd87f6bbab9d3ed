import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Imports a package of `tools/bench`, after installing them if necessary. */
export async function importTool(name: string) {
  const { installTool } = await import(moduleUrl('scripts/tools.mjs'));
  const directory: string = await installTool('bench');
  return import(pathToFileURL(createRequire(join(directory, 'package.json')).resolve(name)).href);
}

/** @returns the path of a Node.js binary of the major version that Lambda runs */
export async function node24(): Promise<string> {
  if (process.version.startsWith('v24.')) {
    return process.execPath;
  }
  const { lambdaNode } = await import(moduleUrl('scripts/tools.mjs'));
  return lambdaNode();
}

function moduleUrl(path: string): string {
  return pathToFileURL(resolve(__dirname, '..', path)).href;
}
