import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { FunctionCode } from '../../simulator/function-code';

function zipOf(entries: Record<string, string>): string {
  const zip = join(mkdtempSync(join(tmpdir(), 'zip-')), 'asset.zip');
  const contents = Object.entries(entries).map(([name, text]) => [name, strToU8(text)]);
  writeFileSync(zip, zipSync(Object.fromEntries(contents)));
  return zip;
}

test('the code of a directory is used where it is, and not deleted', () => {
  const code = new FunctionCode();
  expect(code.directory(__dirname)).toBe(__dirname);
  code.delete();
  expect(existsSync(__filename)).toBe(true);
});

test('the code of a zip file is unpacked once, with its directories, and deleted at the end', () => {
  const code = new FunctionCode();
  const zip = zipOf({ 'index.js': 'index', 'empty/': '', 'node_modules/dependency/index.js': 'dependency' });
  const directory = code.directory(zip);
  expect(readFileSync(join(directory, 'index.js'), 'utf8')).toBe('index');
  expect(readFileSync(join(directory, 'node_modules/dependency/index.js'), 'utf8')).toBe('dependency');
  expect(existsSync(join(directory, 'empty'))).toBe(true);
  expect(code.directory(zip)).toBe(directory);
  code.delete();
  expect(existsSync(directory)).toBe(false);
});

test('code that is not in the cloud assembly is an error', () => {
  expect(() => new FunctionCode().directory(undefined)).toThrow(
    'The cloud assembly has no asset with the code of a function.',
  );
});
