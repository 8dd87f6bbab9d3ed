import { SCENARIOS, type Scenario, type Told } from './scenarios';
import type { Outcome } from './stage';

/** Whether an outcome is one of those that are right. */
export function isRight({ right }: Scenario, outcome: Outcome): boolean {
  return right.some(
    ({ stack = outcome.stack, access = outcome.access, minutes = outcome.minutes }) =>
      stack === outcome.stack && access === outcome.access && outcome.minutes <= minutes,
  );
}

function cell(scenario: Scenario, { words, ...outcome }: Told): string {
  const { stack, access, minutes } = outcome;
  const facts = [
    `${isRight(scenario, outcome) ? '✓' : '✗'} ${access}`,
    ...stack.split(', ').map((status) => `\`${status}\``),
    ...(minutes > 0 ? [`${minutes} min`] : []),
  ].join(' · ');
  return words === '' ? facts : `${facts}<br>${words}`;
}

function about({ about: rows }: Scenario): string {
  return rows.replace(
    /(\S+)\/(\S+)#(\d+)/,
    (name, owner, repository, number) =>
      `[${name}](https://github.com/${owner}/${repository}/issues/${number})`,
  );
}

/** `docs/comparison.md`, from the data that the test holds against both sides. */
export function compared(): string {
  const total = SCENARIOS.length;
  const rightHere = SCENARIOS.filter((scenario) => isRight(scenario, scenario.here)).length;
  const rightThere = SCENARIOS.filter((scenario) => isRight(scenario, scenario.builtIn)).length;
  return `# Compared with AwsCustomResource, scenario by scenario

<!-- Made by \`npm run docs:comparison\` from test/aws-custom-resource/scenarios.ts. Do not edit. -->

Both sides run the same scenarios, in \`test/built-in-alternative.test.ts\`: this construct with the function it ships, and a
share built from \`AwsCustomResource\` (one for each account; onCreate and onUpdate grant, onDelete revokes; the physical id names
image and account) with the function that aws-cdk-lib ships. CloudFormation, Lambda and the WorkSpaces API are the stand-ins of
\`simulator/\`; time is virtual. How the real service answers to granting what is granted, or to revoking what is not, is not
documented: a scenario that depends on it says so.

A cell says who has access in the end (after a slash: to the image that took the first one's place), what became of the stack
(before a last status: what failed for good and was tried again), and how long its longest operation took, in minutes. ✓ is as
it must be: ${rightHere} of ${total} here, ${rightThere} of ${total} there. The scenarios were chosen for what goes wrong, so the numbers say
nothing of how often it does. The number in front groups them by what is promised: 1 to 3 create, adopt and update a list; 4 and 5
another image; 6 delete; 7 to 9 and 19 deaths, repeats and delays; 10 to 13 the service and the response URL; 14 and 15 properties;
16 two stacks; 17 retaining; 18 another resource that fails meanwhile.

| | scenario | this construct | AwsCustomResource |
|---|---|---|---|
${SCENARIOS.map((each) => `| ${about(each)} | ${each.what} | ${cell(each, each.here)} | ${cell(each, each.builtIn)} |`).join('\n')}
`;
}
