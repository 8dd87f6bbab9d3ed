import type { AssembledStack } from '../../../simulator/assembly';
import { parametersFor, replaceForeignImports, sourcesOf } from '../../../simulator/inputs/sources';
import type { Json, Template } from '../../../simulator/template';

const ACCOUNTS = ['111122223333', '444455556666'];

/** Invents accounts in their order, for each parameter anew. */
const inventor = () => {
  const accounts = ACCOUNTS.values();
  return { image: () => 'wsi-simulation1', account: () => accounts.next().value as string };
};

function stackOf(template: Template, name = 'Sharing'): AssembledStack {
  return { name, template, assetParameters: {}, dependencies: [] };
}

const find = (value: Json, stack: AssembledStack, stacks: AssembledStack[] = []) =>
  sourcesOf({ Value: value }, 'Value', stack, stacks);

describe('sourcesOf', () => {
  const stack = stackOf({ Parameters: { P: { Type: 'String' } }, Resources: { R: { Type: 'Test::Image' } } });
  const images = stackOf(
    {
      Resources: { I: { Type: 'Test::Image' } },
      Outputs: {
        Other: { Value: 'x' },
        O: { Value: { 'Fn::GetAtt': ['I', 'Id'] }, Export: { Name: 'image' } },
      },
    },
    'Images',
  );
  it.each<[Json, object]>([
    ['wsi-8t4x2k9p7', { parameters: [], resources: [] }],
    [{ Ref: 'AWS::Region' }, { parameters: [], resources: [] }],
    [{ Ref: 'P' }, { parameters: [{ stack, name: 'P', form: 'list' }] }],
    [[{ Ref: 'P' }], { parameters: [{ name: 'P', form: 'one' }] }],
    [{ 'Fn::If': ['C', [{ Ref: 'P' }], { Ref: 'P' }] }, { parameters: [{ form: 'one' }, { form: 'list' }] }],
    [
      { 'Fn::Split': ['||', { 'Fn::Join': ['||', { Ref: 'P' }] }] },
      { parameters: [{ name: 'P', form: 'list' }] },
    ],
    [
      { 'Fn::Select': [0, { 'Fn::Split': [',', { Ref: 'P' }] }] },
      { parameters: [{ name: 'P', form: { splitAt: ',' } }] },
    ],
    [{ Ref: 'R' }, { resources: [{ stack, logicalId: 'R' }] }],
    [{ 'Fn::GetAtt': ['R', 'Id'] }, { resources: [{ stack, logicalId: 'R', attribute: 'Id' }] }],
    [{ 'Fn::ImportValue': 'image' }, { resources: [{ stack: images, logicalId: 'I', attribute: 'Id' }] }],
    [
      { 'Fn::GetStackOutput': { StackName: 'Images', OutputName: 'O' } },
      { resources: [{ stack: images, logicalId: 'I', attribute: 'Id' }] },
    ],
    [{ 'Fn::GetStackOutput': { StackName: 'Other', OutputName: 'O' } }, { parameters: [], resources: [] }],
    [{ 'Fn::ImportValue': 'unknown' }, { parameters: [], resources: [], imports: [{ form: 'list' }] }],
  ])('finds the sources of %j', (value, sources) => {
    expect(find(value, stack, [stack, images])).toMatchObject(sources);
  });
});

describe('parametersFor', () => {
  const ssm = 'AWS::SSM::Parameter::Value<String>';
  it.each<[string, Template['Parameters'], Record<string, string>]>([
    ['a given value', { Given: { Type: 'String', Default: 'x' } }, { Given: 'given' }],
    ['a default', { Size: { Type: 'Number', Default: 3 } }, { Size: '3' }],
    ['an image ID', { Image: { Type: 'String' } }, { Image: 'wsi-simulation1' }],
    ['an image ID from SSM', { Image: { Type: ssm, Default: '/image' } }, { Image: 'wsi-simulation1' }],
    ['another default from SSM', { Other: { Type: ssm, Default: '/other' } }, { Other: '/other' }],
    ['an account ID', { Account: { Type: 'String' } }, { Account: '111122223333' }],
    ['a list of IDs', { Account: { Type: 'CommaDelimitedList' } }, { Account: '111122223333,444455556666' }],
    ['a string to split', { Joined: { Type: 'String' } }, { Joined: '111122223333,444455556666' }],
    ['an allowed value', { Other: { Type: 'String', AllowedValues: ['a', 'b'] } }, { Other: 'a' }],
    ['a minimum', { Other: { Type: 'Number', MinValue: 5 } }, { Other: '5' }],
    ['a number', { Other: { Type: 'Number' } }, { Other: '1' }],
    ['text', { Other: { Type: 'String' } }, { Other: 'simulation' }],
  ])('returns %s', (_, Parameters, values) => {
    const stack = stackOf({ Parameters });
    const images = [find({ Ref: 'Image' }, stack)];
    const accounts = [find([{ Ref: 'Account' }, { 'Fn::Split': [',', { Ref: 'Joined' }] }], stack)];
    expect(parametersFor(stack, { Given: 'given' }, images, accounts, inventor())).toEqual(values);
  });
});

test('replaceForeignImports leaves imports of what the app exports', () => {
  const Outputs = { O: { Value: { 'Fn::ImportValue': 'foreign' }, Export: { Name: 'own' } } };
  const Properties = { Own: { 'Fn::ImportValue': 'own' }, Foreign: [{ 'Fn::ImportValue': 'foreign' }] };
  const stack = stackOf({ Resources: { R: { Type: 'T', Properties } }, Outputs });
  replaceForeignImports([stack], 'simulation');
  expect(Properties).toEqual({ Own: { 'Fn::ImportValue': 'own' }, Foreign: ['simulation'] });
  expect(Outputs.O.Value).toBe('simulation');
});
