import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const WORKFLOWS = join(ROOT, '.github/workflows');
const { jsii, repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

test.each(readdirSync(WORKFLOWS))('%s pins every action to a commit and names its version', (file) => {
  const workflow = readFileSync(join(WORKFLOWS, file), 'utf8');
  const used = [...workflow.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, action]) => action);
  const notPinned = used.filter((action) => !/^(\.\/.*|[\w./-]+@[0-9a-f]{40} # v[\d.]+)$/.test(action));
  expect(used).not.toHaveLength(0);
  expect(notPinned).toEqual([]);
});

test('the Maven group is the namespace that Maven Central gives to the GitHub organization', () => {
  const [, organization] = repository.url.match(/github\.com\/([^/]+)\//);
  expect(jsii.targets.java.maven.groupId).toBe(`io.github.${organization}`);
});
