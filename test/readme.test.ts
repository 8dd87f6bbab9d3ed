import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (file: string) => readFileSync(join(__dirname, '..', file), 'utf8');

/** `npm run test:bindings` compiles and runs the examples, `npm run docs:examples` compiles what is in TypeScript. */
test.each([
  ['python', 'examples/python/app.py'],
  ['java', 'examples/java/src/main/java/example/Images.java'],
  ['xml', 'examples/java/pom.xml'],
  ['go', 'examples/go/images.go'],
])('what the README shows in %s is the example, which is compiled and run', (language, example) => {
  const shown = [...read('README.md').matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))];
  expect(shown.map(([, code]) => code)).toEqual([read(example)]);
});

test('the README shows code in no language that is not compiled', () => {
  const languages = [...read('README.md').matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
  expect([...new Set(languages)].sort()).toEqual([
    'go',
    'java',
    'json',
    'mermaid',
    'python',
    'sh',
    'ts',
    'xml',
  ]);
});
