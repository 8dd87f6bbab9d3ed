// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub.
import {
  type Json,
  partitionOf,
  type ReferenceValues,
  StackTemplate,
  type Template,
} from '../../simulator/template';

const references: ReferenceValues = {
  ref: (logicalId) => `ref-${logicalId}`,
  attribute: (logicalId, name) => `${logicalId}.${name}`,
  exported: (name) => `export-${name}`,
  stackOutput: (stackName, outputName) => `${stackName}/${outputName}`,
};

function read(template: Template, parameters: Record<string, string> = {}) {
  return new StackTemplate(template, parameters, {
    account: '123456789012',
    region: 'cn-north-1',
    stackName: 'stack',
    stackId: 'arn:stack',
  });
}

const Conditions = {
  InChina: { 'Fn::Equals': [{ Ref: 'AWS::Partition' }, 'aws-cn'] },
  Elsewhere: { 'Fn::Not': [{ Condition: 'InChina' }] },
  Both: { 'Fn::And': [{ Condition: 'InChina' }, { Condition: 'Elsewhere' }] },
  Either: { 'Fn::Or': [{ Condition: 'InChina' }, { Condition: 'Elsewhere' }] },
};
const TEMPLATE: Template = {
  Parameters: {
    Text: { Type: 'String', Default: 'text' },
    Count: { Type: 'Number', Default: 3 },
    Accounts: { Type: 'CommaDelimitedList' },
    Ids: { Type: 'List<Number>', Default: '1,2' },
    None: { Type: 'CommaDelimitedList', Default: '' },
    Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/image' },
  },
  Mappings: { Regions: { 'cn-north-1': { Image: 'wsi-cn' } } },
  Conditions,
  Resources: { A: { Type: 'T' } },
};
const PARAMETERS = { Accounts: '111122223333, 444455556666,' };

it.each<[Json, Json | undefined]>([
  [{ Ref: 'Text' }, 'text'],
  [{ Ref: 'Count' }, '3'],
  [{ Ref: 'Accounts' }, ['111122223333', '444455556666']],
  [{ Ref: 'Ids' }, ['1', '2']],
  [{ Ref: 'None' }, []],
  [{ Ref: 'Stored' }, '/image'],
  [{ Ref: 'A' }, 'ref-A'],
  [{ Ref: 'AWS::AccountId' }, '123456789012'],
  [{ Ref: 'AWS::URLSuffix' }, 'amazonaws.com.cn'],
  [{ a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
  [['a', { Ref: 'AWS::NoValue' }], ['a']],
  [{ Ref: 'AWS::NoValue' }, undefined],
  [{ 'Fn::GetAtt': ['A', 'Arn'] }, 'A.Arn'],
  [{ 'Fn::GetAtt': 'A.Outputs.X' }, 'A.Outputs.X'],
  [{ 'Fn::Sub': '${Text} ${A} ${A.Arn} ${!Kept} ${AWS::Region}' }, 'text ref-A A.Arn ${Kept} cn-north-1'],
  [{ 'Fn::Sub': ['${X}-${Text}', { X: { Ref: 'A' } }] }, 'ref-A-text'],
  [{ 'Fn::Join': ['-', { Ref: 'Accounts' }] }, '111122223333-444455556666'],
  [{ 'Fn::Split': [',', 'a,b'] }, ['a', 'b']],
  [{ 'Fn::Select': ['1', { Ref: 'Accounts' }] }, '444455556666'],
  [{ 'Fn::If': ['InChina', 'yes', { Ref: 'Absent' }] }, 'yes'],
  [{ 'Fn::If': ['Elsewhere', 1, 2] }, 2],
  [{ 'Fn::If': ['Both', 1, 2] }, 2],
  [{ 'Fn::If': ['Either', 1, 2] }, 1],
  [{ 'Fn::FindInMap': ['Regions', { Ref: 'AWS::Region' }, 'Image'] }, 'wsi-cn'],
  [{ 'Fn::FindInMap': ['Regions', 'x', 'Image', { DefaultValue: 'wsi-0' }] }, 'wsi-0'],
  [{ 'Fn::ImportValue': { 'Fn::Sub': '${Text}-image' } }, 'export-text-image'],
  [{ 'Fn::GetStackOutput': { StackName: { Ref: 'Text' }, OutputName: 'O', Region: 'x' } }, 'text/O'],
  [{ 'Fn::Base64': 'abc' }, 'YWJj'],
  [{ 'Fn::GetAZs': '' }, ['cn-north-1a', 'cn-north-1b', 'cn-north-1c']],
])('%j resolves to %j', (value, resolved) => {
  expect(read(TEMPLATE, PARAMETERS).resolve(value, references)).toEqual(resolved);
});

it.each<[Json, string]>([
  [{ 'Fn::Transform': {} }, 'does not support the intrinsic function Fn::Transform'],
  [{ 'Fn::If': ['No', 1, 2] }, 'does not declare the condition "No"'],
  [{ 'Fn::FindInMap': ['Regions', 'x', 'Image'] }, 'no mapping for Regions / x / Image'],
  [{ 'Fn::Select': [2, ['a']] }, 'has no entry 2'],
  [{ 'Fn::Join': ['-', 'a'] }, 'Fn::Join requires a list, but got "a".'],
  [{ 'Fn::Sub': { Ref: 'Text' } }, 'Fn::Sub is not a string: {"Ref":"Text"}.'],
  [{ a: null }, 'contains null'],
])('%j is an error: %s', (value, sentence) => {
  expect(() => read(TEMPLATE, PARAMETERS).resolve(value, references)).toThrow(sentence);
});

it('orders resources by Ref, GetAtt, Sub, DependsOn and the chosen branch of Fn::If', () => {
  const Type = 'T';
  const resources: Template['Resources'] = {
    A: { Type },
    B: { Type, Properties: { A: { Ref: 'A' } } },
    C: {
      Type,
      Properties: { X: { 'Fn::Sub': ['${A.Arn}${V}${Text}', { V: { 'Fn::GetAtt': ['B', 'X'] } }] } },
    },
    D: {
      Type,
      DependsOn: ['C', 'Off'],
      Properties: { X: { 'Fn::If': ['InChina', { Ref: 'B' }, { Ref: 'Off' }] } },
    },
    Off: { Type, Condition: 'Elsewhere' },
  };
  const { dependencies } = read({ ...TEMPLATE, Resources: resources }, PARAMETERS);
  expect(Object.fromEntries([...dependencies].map(([id, on]) => [id, [...on].sort().join()]))).toEqual({
    A: '',
    B: 'A',
    C: 'A,B',
    D: 'B,C',
  });
});

const A = (more: object): Template => ({ Resources: { A: { Type: 'T', ...more } } });
const P = { Parameters: { P: { Type: 'String' } } };
it.each<[string, Template, Record<string, string>?]>([
  [
    'Circular dependency between resources: A → B → A.',
    { Resources: { A: { Type: 'T', DependsOn: 'B' }, B: { Type: 'T', Properties: { A: { Ref: 'A' } } } } },
  ],
  ['The resource "A" refers to itself.', A({ Properties: { A: { Ref: 'A' } } })],
  ['The resource "A" refers to "No"', A({ Properties: { A: { Ref: 'No' } } })],
  ['The resource "A" depends on "No"', A({ DependsOn: 'No' })],
  [
    'The condition "X" refers to itself.',
    { Conditions: { X: { Condition: 'X' } }, ...A({ Condition: 'X' }) },
  ],
  [
    'cannot evaluate the condition {"Ref":"X"}',
    { Conditions: { X: { Ref: 'X' } }, ...A({ Condition: 'X' }) },
  ],
  [
    'A condition refers to "A", which is not a parameter.',
    { Conditions: { X: { 'Fn::Equals': [{ Ref: 'A' }, 1] } }, ...A({ Condition: 'X' }) },
  ],
  ['The parameter "P" has no value and no default', P],
  ['The parameter "P" is longer than 4096 bytes.', P, { P: 'x'.repeat(4097) }],
  ['The template has no parameter "P".', {}, { P: 'x' }],
])('a template is rejected: %s', (...[sentence, template, parameters]) => {
  expect(() => read(template, parameters)).toThrow(sentence);
});

it('resolves the outputs whose condition is true', () => {
  const Outputs = {
    O: { Value: { Ref: 'A' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}-o' } } },
    Off: { Value: 'x', Export: { Name: 'off' }, Condition: 'Elsewhere' },
  };
  expect(read({ Conditions, Outputs }).outputs(references)).toEqual({
    values: { O: 'ref-A' },
    exports: { 'stack-o': 'ref-A' },
  });
});

it.each([
  ['eu-west-1', 'aws', 'amazonaws.com'],
  ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
  ['us-isof-south-1', 'aws-iso-f', 'csp.hci.ic.gov'],
  ['eu-isoe-west-1', 'aws-iso-e', 'cloud.adc-e.uk'],
  ['xx-newest-1', 'aws', 'amazonaws.com'],
])('the Region %s is in the partition %s', (region, partition, urlSuffix) => {
  expect(partitionOf(region)).toEqual({ partition, urlSuffix });
});
