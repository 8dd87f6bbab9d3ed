// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub.
import { type Json, type ReferenceValues, StackTemplate, type Template } from '../../simulator/template';

const environment = {
  account: '123456789012',
  region: 'cn-north-1',
  stackName: 'stack',
  stackId: 'arn:stack',
};
const references: ReferenceValues = {
  ref: (logicalId) => `ref-${logicalId}`,
  attribute: (logicalId, name) => `${logicalId}.${name}`,
  exported: (name) => `export-${name}`,
};

function read(template: Template, parameters: Record<string, string> = {}) {
  return new StackTemplate(
    { Resources: { A: { Type: 'T' }, B: { Type: 'T' } }, ...template },
    parameters,
    environment,
  );
}

const rich: Template = {
  Parameters: {
    Text: { Type: 'String', Default: 'text' },
    Count: { Type: 'Number', Default: 3 },
    Accounts: { Type: 'CommaDelimitedList' },
    Ids: { Type: 'List<Number>', Default: '1,2' },
    Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/image' },
  },
  Mappings: { Regions: { 'cn-north-1': { Image: 'wsi-cn' } } },
  Conditions: {
    InChina: { 'Fn::Equals': [{ Ref: 'AWS::Partition' }, 'aws-cn'] },
    Elsewhere: { 'Fn::Not': [{ Condition: 'InChina' }] },
    Both: { 'Fn::And': [{ Condition: 'InChina' }, { Condition: 'Elsewhere' }] },
    Either: { 'Fn::Or': [{ Condition: 'InChina' }, { Condition: 'Elsewhere' }] },
  },
};

it.each<[string, Json, Json | undefined]>([
  ['Ref of a parameter', { Ref: 'Text' }, 'text'],
  ['Ref of a Number', { Ref: 'Count' }, '3'],
  ['Ref of a list, its entries trimmed', { Ref: 'Accounts' }, ['111122223333', '444455556666']],
  ['Ref of a List<Number>', { Ref: 'Ids' }, ['1', '2']],
  ['Ref of an SSM parameter, as given', { Ref: 'Stored' }, '/image'],
  ['Ref of a resource', { Ref: 'A' }, 'ref-A'],
  [
    'pseudo parameters',
    [{ Ref: 'AWS::AccountId' }, { Ref: 'AWS::URLSuffix' }],
    ['123456789012', 'amazonaws.com.cn'],
  ],
  ['AWS::NoValue in an object', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
  ['AWS::NoValue in a list', ['a', { Ref: 'AWS::NoValue' }], ['a']],
  ['AWS::NoValue alone', { Ref: 'AWS::NoValue' }, undefined],
  ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['A', 'Arn'] }, 'A.Arn'],
  ['Fn::GetAtt as a path', { 'Fn::GetAtt': 'A.Outputs.X' }, 'A.Outputs.X'],
  [
    'Fn::Sub',
    { 'Fn::Sub': '${Text} ${A} ${A.Arn} ${!Kept} ${AWS::Region}' },
    'text ref-A A.Arn ${Kept} cn-north-1',
  ],
  ['Fn::Sub with variables', { 'Fn::Sub': ['${X}-${Text}', { X: { Ref: 'B' } }] }, 'ref-B-text'],
  ['Fn::Join', { 'Fn::Join': ['-', { Ref: 'Accounts' }] }, '111122223333-444455556666'],
  ['Fn::Split', { 'Fn::Split': [',', 'a,b'] }, ['a', 'b']],
  ['Fn::Select', { 'Fn::Select': ['1', { Ref: 'Accounts' }] }, '444455556666'],
  ['Fn::If', { 'Fn::If': ['InChina', 'yes', { Ref: 'Absent' }] }, 'yes'],
  ['Fn::And', { 'Fn::If': ['Both', 1, 2] }, 2],
  ['Fn::Or', { 'Fn::If': ['Either', 1, 2] }, 1],
  ['Fn::FindInMap', { 'Fn::FindInMap': ['Regions', { Ref: 'AWS::Region' }, 'Image'] }, 'wsi-cn'],
  ['Fn::ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': '${Text}-image' } }, 'export-text-image'],
  ['Fn::Base64', { 'Fn::Base64': 'abc' }, 'YWJj'],
  ['Fn::GetAZs', { 'Fn::GetAZs': '' }, ['cn-north-1a', 'cn-north-1b', 'cn-north-1c']],
])('resolves %s', (_, value, resolved) => {
  expect(read(rich, { Accounts: '111122223333, 444455556666' }).resolve(value, references)).toEqual(resolved);
});

it.each<[string, Json, string]>([
  [
    'an unknown intrinsic function',
    { 'Fn::Transform': {} },
    'does not support the intrinsic function Fn::Transform',
  ],
  ['an unknown condition', { 'Fn::If': ['No', 1, 2] }, 'does not declare the condition "No"'],
  ['a missing mapping', { 'Fn::FindInMap': ['Regions', 'x', 'Image'] }, 'no mapping for Regions / x / Image'],
  ['a missing entry', { 'Fn::Select': [2, ['a']] }, 'has no entry 2'],
  ['null', { a: null }, 'null'],
])('rejects %s with a sentence', (_, value, sentence) => {
  expect(() => read(rich, { Accounts: '' }).resolve(value, references)).toThrow(sentence);
});

it('orders by Ref, GetAtt, Sub, DependsOn and the chosen branch of Fn::If', () => {
  const { dependencies } = read(
    {
      ...rich,
      Resources: {
        A: { Type: 'T' },
        B: { Type: 'T', Properties: { A: { Ref: 'A' } } },
        C: {
          Type: 'T',
          Properties: { X: { 'Fn::Sub': ['${A.Arn}${V}${Text}', { V: { 'Fn::GetAtt': ['B', 'X'] } }] } },
        },
        D: {
          Type: 'T',
          DependsOn: ['C', 'Off'],
          Properties: { X: { 'Fn::If': ['InChina', { Ref: 'B' }, { Ref: 'Off' }] } },
        },
        Off: { Type: 'T', Condition: 'Elsewhere' },
      },
    },
    { Accounts: '' },
  );
  expect([...dependencies].map(([id, on]) => [id, [...on].sort()])).toEqual([
    ['A', []],
    ['B', ['A']],
    ['C', ['A', 'B']],
    ['D', ['B', 'C']],
  ]);
});

it.each<[string, Template, string]>([
  [
    'a circular dependency',
    { Resources: { A: { Type: 'T', DependsOn: 'B' }, B: { Type: 'T', Properties: { A: { Ref: 'A' } } } } },
    'Circular dependency between resources: A → B → A.',
  ],
  [
    'a resource that refers to itself',
    { Resources: { A: { Type: 'T', Properties: { A: { Ref: 'A' } } } } },
    'refers to itself',
  ],
  [
    'a reference to nothing',
    { Resources: { A: { Type: 'T', Properties: { A: { Ref: 'No' } } } } },
    'refers to "No"',
  ],
  ['a dependency on nothing', { Resources: { A: { Type: 'T', DependsOn: 'No' } } }, 'depends on "No"'],
  [
    'conditions that refer to themselves',
    {
      Conditions: { X: { 'Fn::Not': [{ Condition: 'X' }] } },
      Resources: { A: { Type: 'T', Condition: 'X' } },
    },
    'The condition "X" refers to itself.',
  ],
  [
    'a parameter without a value',
    { Parameters: { P: { Type: 'String' } } },
    'The parameter "P" has no value and no default',
  ],
])('rejects %s', (_, template, sentence) => {
  expect(() => read(template)).toThrow(sentence);
});

it('rejects a parameter that is not declared or longer than 4,096 bytes', () => {
  expect(() => read({}, { P: 'x' })).toThrow('no parameter "P"');
  expect(() => read({ Parameters: { P: { Type: 'String' } } }, { P: 'x'.repeat(4097) })).toThrow(
    '4096 bytes',
  );
});

it('exports the outputs whose condition is true', () => {
  const template = read(
    {
      ...rich,
      Outputs: {
        O: { Value: { Ref: 'A' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}-o' } } },
        Off: { Value: 'x', Condition: 'Elsewhere' },
      },
    },
    { Accounts: '' },
  );
  expect(template.exports(references)).toEqual({ 'stack-o': 'ref-A' });
});
