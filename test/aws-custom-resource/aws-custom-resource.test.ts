import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleClient } from './client';
import { comparison, isRight } from './comparison';
import { SCENARIOS, type Scenario } from './scenarios';
import { BUILT_IN, type Side, THIS } from './shares';
import { type Outcome, Stage } from './stage';

const directory = mkdtempSync(join(tmpdir(), 'built-in-'));
const client = join(directory, 'client.js');

beforeAll(() => bundleClient(client));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Plays a scenario with one side, and waits for deliveries that follow. */
async function outcomeOf({ play, options }: Scenario, side: Side): Promise<Outcome> {
  const stage = await Stage.open(side, client, options);
  const outcome = async () => {
    const seen = await play(stage);
    await stage.clock.sleep(60_000);
    return { ...stage.outcome, ...(typeof seen === 'string' && { access: seen }) };
  };
  try {
    return await stage.clock.run(outcome());
  } finally {
    await stage.close();
  }
}

describe.each(SCENARIOS.map((scenario) => ({ ...scenario, scenario })))('$about: $what', ({ scenario }) => {
  test.each([
    { side: THIS, told: scenario.here },
    { side: BUILT_IN, told: scenario.builtIn },
  ])('$side.name', async ({ side, told: { words, ...outcome } }) => {
    expect(await outcomeOf(scenario, side)).toEqual(outcome);
  });
});

test.each([21036, 17443, 30012, 31429, 29026, 6746])(
  'issue #%d is reproduced with AwsCustomResource, but not with this construct',
  (report) => {
    const scenario = SCENARIOS.find(({ about }) => about.endsWith(`#${report}`)) as Scenario;
    expect(isRight(scenario, scenario.here)).toBe(true);
    expect(isRight(scenario, scenario.builtIn)).toBe(false);
  },
);

test('docs/comparison.md shows these outcomes (npm run docs:comparison)', () => {
  expect(readFileSync(join(__dirname, '..', '..', 'docs', 'comparison.md'), 'utf8')).toBe(comparison());
});
