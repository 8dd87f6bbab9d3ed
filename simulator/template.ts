/**
 * A CloudFormation template with its parameters: the resources whose conditions are true, their dependencies, and the
 * values of intrinsic functions. The caller provides the values of deployed resources.
 */

import { RegionInfo } from 'aws-cdk-lib/region-info';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Template {
  Parameters?: Record<string, ParameterDeclaration>;
  Mappings?: JsonObject;
  Conditions?: JsonObject;
  Resources?: Record<string, ResourceDeclaration>;
  Outputs?: Record<string, OutputDeclaration>;
}

export interface ParameterDeclaration {
  Type: string;
  Description?: string;
  Default?: string | number;
  AllowedValues?: (string | number)[];
  MinValue?: string | number;
  NoEcho?: boolean | string;
}

export interface ResourceDeclaration {
  Type: string;
  Properties?: JsonObject;
  DependsOn?: string | string[];
  Condition?: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Metadata?: JsonObject;
}

export interface OutputDeclaration {
  Value: Json;
  Export?: { Name: Json };
  Condition?: string;
}

/** The environment and the identity of a stack. */
export interface StackEnvironment {
  readonly account: string;
  readonly region: string;
  readonly stackName: string;
  readonly stackId: string;
}

/** The values that intrinsic functions return for deployed resources and stacks. */
export interface ReferenceValues {
  ref(logicalId: string): Json;
  attribute(logicalId: string, name: string): Json;
  exported(name: string): Json;
  /** @param where the account and Region of the stack, if they are not those of the template */
  stackOutput(stackName: string, outputName: string, where?: Partial<StackEnvironment>): Json;
}

/** The values of outputs by name, and of exports by export name. */
export interface Outputs {
  readonly values: Readonly<Record<string, Json>>;
  readonly exports: Readonly<Record<string, Json>>;
}

export function partitionOf(region: string): { partition: string; urlSuffix: string } {
  const { partition = 'aws', domainSuffix = 'amazonaws.com' } = RegionInfo.get(region);
  return { partition, urlSuffix: domainSuffix };
}

/** A part of a template that the simulator does not understand. */
export class NotSupported extends Error {}

const UNKNOWN = 'resolve:simulation:';

/**
 * A value that only others know: an attribute of a stub, a parameter without a value, an output of a stack elsewhere. Like
 * a dynamic reference, it travels through templates as text, and is bound where a share or a copy uses it.
 */
export function unknownValue(origin: string): string {
  // The ID of a stub can be unknown itself.
  return `{{${UNKNOWN}${origin.replace(/\{\{resolve:simulation:|\}\}/g, '')}}}`;
}

const NO_VALUE = Symbol('AWS::NoValue');
const PARAMETER_BYTES = 4096;

type Resolved = Json | typeof NO_VALUE;
type Intrinsic = (argument: Json, references: ReferenceValues) => Resolved;

/** A template together with the values of its parameters. */
export class StackTemplate {
  /** The resources whose condition is true. */
  readonly resources: ReadonlyMap<string, ResourceDeclaration>;
  /** For each resource, those that must exist before it. */
  readonly dependencies: ReadonlyMap<string, ReadonlySet<string>>;

  private readonly parameters: ReadonlyMap<string, Json>;
  private readonly pseudo: ReadonlyMap<string, Resolved>;
  private readonly conditions = new Map<string, boolean | 'evaluating'>();

  constructor(
    readonly template: Template,
    given: Readonly<Record<string, string>>,
    readonly environment: StackEnvironment,
  ) {
    this.parameters = parameterValues(template, given);
    this.pseudo = pseudoParameters(environment);
    this.resources = new Map(
      Object.entries(template.Resources ?? {}).filter(([, declared]) =>
        this.conditionHolds(declared.Condition),
      ),
    );
    this.dependencies = new Map(
      [...this.resources].map(([id, declared]) => [id, this.waitsFor(id, declared)]),
    );
    refuseCycles(this.dependencies);
  }

  /** Replaces the intrinsic functions in a value by their results. */
  resolve(value: Json | undefined, references: ReferenceValues): Json | undefined {
    const resolved = value === undefined ? NO_VALUE : this.value(value, references);
    return resolved === NO_VALUE ? undefined : resolved;
  }

  properties(logicalId: string, references: ReferenceValues): JsonObject {
    return (this.resolve(this.resources.get(logicalId)?.Properties ?? {}, references) ?? {}) as JsonObject;
  }

  /** The values that stack events do not show. */
  get noEchoValues(): string[] {
    return Object.entries(this.template.Parameters ?? {})
      .filter(([, { NoEcho }]) => String(NoEcho) === 'true')
      .flatMap(([name]) => [this.parameters.get(name)].flat().map(String));
  }

  /** Resolves the outputs whose condition is true. */
  outputs(references: ReferenceValues): Outputs {
    const values: Record<string, Json> = {};
    const exports: Record<string, Json> = {};
    for (const [name, output] of Object.entries(this.template.Outputs ?? {})) {
      if (!this.conditionHolds(output.Condition)) {
        continue;
      }
      const value = this.resolve(output.Value, references) ?? '';
      values[name] = value;
      if (output.Export) {
        exports[text(this.resolve(output.Export.Name, references), 'An export name')] = value;
      }
    }
    return { values, exports };
  }

  private conditionHolds(condition: string | undefined): boolean {
    return condition === undefined || this.condition(condition);
  }

  private condition(name: string): boolean {
    const known = this.conditions.get(name);
    if (known === 'evaluating') {
      throw new Error(`The condition "${name}" refers to itself.`);
    }
    if (known !== undefined) {
      return known;
    }
    const declared = this.template.Conditions?.[name];
    if (declared === undefined) {
      throw new Error(`The template does not declare the condition "${name}".`);
    }
    this.conditions.set(name, 'evaluating');
    const outcome = this.evaluate(declared);
    this.conditions.set(name, outcome);
    return outcome;
  }

  private evaluate(expression: Json): boolean {
    const [name, argument] = intrinsicOf(expression) ?? single(expression) ?? [];
    switch (name) {
      case 'Condition':
        return this.condition(text(argument, 'A condition'));
      case 'Fn::Equals': {
        const [left, right] = list(argument, name).map((side) => this.value(side, NO_RESOURCES));
        return JSON.stringify(asText(left)) === JSON.stringify(asText(right));
      }
      case 'Fn::And':
        return list(argument, name).every((part) => this.evaluate(part));
      case 'Fn::Or':
        return list(argument, name).some((part) => this.evaluate(part));
      case 'Fn::Not':
        return !this.evaluate(list(argument, name)[0]);
      default:
        throw new NotSupported(`The simulator cannot evaluate the condition ${JSON.stringify(expression)}.`);
    }
  }

  private value(value: Json, references: ReferenceValues): Resolved {
    if (value === null) {
      throw new Error('The template contains null, which CloudFormation does not accept.');
    }
    if (Array.isArray(value)) {
      return value
        .map((entry) => this.value(entry, references))
        .filter((entry) => entry !== NO_VALUE) as Json[];
    }
    if (typeof value !== 'object') {
      return value;
    }
    const intrinsic = intrinsicOf(value);
    if (intrinsic) {
      const [name, argument] = intrinsic;
      const resolve = this.intrinsics[name];
      if (!resolve) {
        throw new NotSupported(`The simulator does not support the intrinsic function ${name}.`);
      }
      return resolve(argument, references);
    }
    const object: JsonObject = {};
    for (const [key, entry] of Object.entries(value)) {
      const resolved = this.value(entry, references);
      if (resolved !== NO_VALUE) {
        object[key] = resolved;
      }
    }
    return object;
  }

  private string(value: Json, references: ReferenceValues, what: string): string {
    return text(asText(this.value(value, references)), what);
  }

  private list(value: Json, references: ReferenceValues, what: string): Json[] {
    const resolved = this.value(value, references);
    return list(resolved === NO_VALUE ? null : resolved, what);
  }

  private reference(name: string, references: ReferenceValues): Resolved {
    return this.pseudo.get(name) ?? this.parameters.get(name) ?? references.ref(name);
  }

  private readonly intrinsics: Record<string, Intrinsic> = {
    Ref: (argument, references) => this.reference(text(argument, 'Ref'), references),
    'Fn::GetAtt': (argument, references) => {
      const [logicalId, name] = attributePath(argument);
      return references.attribute(logicalId, this.string(name, references, 'The attribute of Fn::GetAtt'));
    },
    'Fn::Sub': (argument, references) => {
      const [format, variables] = Array.isArray(argument) ? argument : [argument, {}];
      return text(format, 'Fn::Sub').replace(/\$\{([^}]*)\}/g, (_, name: string) => {
        if (name.startsWith('!')) {
          return `\${${name.slice(1)}}`;
        }
        const given = (variables as JsonObject)[name];
        if (given !== undefined) {
          return this.string(given, references, `\${${name}} in Fn::Sub`);
        }
        const dot = name.indexOf('.');
        const value =
          dot < 0
            ? this.reference(name, references)
            : references.attribute(name.slice(0, dot), name.slice(dot + 1));
        return text(asText(value), `\${${name}} in Fn::Sub`);
      });
    },
    'Fn::Join': (argument, references) => {
      const [delimiter, parts] = list(argument, 'Fn::Join');
      return this.list(parts, references, 'Fn::Join')
        .map((part) => text(asText(part), 'Fn::Join'))
        .join(text(delimiter, 'Fn::Join'));
    },
    'Fn::Split': (argument, references) => {
      const [delimiter, source] = list(argument, 'Fn::Split');
      const whole = this.string(source, references, 'Fn::Split');
      if (whole.includes('{{resolve:') && !whole.includes(UNKNOWN)) {
        throw new Error(`CloudFormation splits the text "${whole}" before its value is known.`);
      }
      return whole.split(text(delimiter, 'Fn::Split'));
    },
    'Fn::Select': (argument, references) => {
      const [index, choices] = list(argument, 'Fn::Select');
      const position = this.string(index, references, 'The index of Fn::Select');
      const entries = this.list(choices, references, 'Fn::Select');
      // A list of which only the whole is unknown has as many entries as are selected.
      const isUnknown =
        entries.length === 1 && /^\{\{resolve:simulation:[^{}]+\}\}$/.test(String(entries[0]));
      const chosen = isUnknown ? `${entries[0]}`.replace('}}', `[${position}]}}`) : entries[Number(position)];
      if (chosen === undefined) {
        throw new Error(`The list of Fn::Select has no entry ${position}.`);
      }
      return chosen;
    },
    'Fn::If': (argument, references) => this.value(this.branch(argument), references),
    'Fn::FindInMap': (argument, references) => {
      const [map, first, second, options] = list(argument, 'Fn::FindInMap');
      const keys = [map, first, second].map((key) => this.string(key, references, 'Fn::FindInMap'));
      let found: Json | undefined = this.template.Mappings;
      for (const key of keys) {
        found = (found as JsonObject | undefined)?.[key];
      }
      found ??= (options as JsonObject | undefined)?.DefaultValue;
      if (found === undefined) {
        throw new Error(`The template has no mapping for ${keys.join(' / ')}.`);
      }
      return this.value(found, references);
    },
    'Fn::ImportValue': (argument, references) =>
      references.exported(this.string(argument, references, 'The name in Fn::ImportValue')),
    'Fn::GetStackOutput': (argument, references) => {
      const member = (name: string) => {
        const value = (argument as JsonObject)[name];
        return value === undefined ? '' : this.string(value, references, `The ${name} of Fn::GetStackOutput`);
      };
      const account = member('RoleArn').split(':')[4];
      const region = member('Region');
      return references.stackOutput(member('StackName'), member('OutputName'), {
        ...(account && { account }),
        ...(region && { region }),
      });
    },
    'Fn::Base64': (argument, references) =>
      Buffer.from(this.string(argument, references, 'Fn::Base64')).toString('base64'),
    'Fn::GetAZs': (argument, references) => {
      const region = this.string(argument, references, 'The Region of Fn::GetAZs') || this.environment.region;
      return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
    },
  };

  private branch(argument: Json): Json {
    const [condition, then, otherwise] = list(argument, 'Fn::If');
    return this.condition(text(condition, 'The condition of Fn::If')) ? then : otherwise;
  }

  private waitsFor(id: string, declared: ResourceDeclaration): Set<string> {
    const named = new Set<string>();
    this.collectReferences(declared.Properties ?? {}, named);
    for (const name of named) {
      if (!this.resources.has(name)) {
        throw new Error(`The resource "${id}" refers to "${name}", which is not in the template.`);
      }
    }
    for (const name of [declared.DependsOn ?? []].flat()) {
      if (!this.template.Resources?.[name]) {
        throw new Error(`The resource "${id}" depends on "${name}", which is not in the template.`);
      }
      // A resource can depend on one whose condition is false.
      if (this.resources.has(name)) {
        named.add(name);
      }
    }
    if (named.has(id)) {
      throw new Error(`The resource "${id}" refers to itself.`);
    }
    return named;
  }

  private collectReferences(value: Json, into: Set<string>): void {
    if (typeof value !== 'object' || value === null) {
      return;
    }
    const add = (name: string) => {
      if (!this.pseudo.has(name) && !this.parameters.has(name)) {
        into.add(name);
      }
    };
    const [name, argument] = intrinsicOf(value) ?? [];
    if (name === 'Ref') {
      add(text(argument, 'Ref'));
    } else if (name === 'Fn::GetAtt') {
      const [logicalId, attribute] = attributePath(argument as Json);
      add(logicalId);
      this.collectReferences(attribute, into);
    } else if (name === 'Fn::Sub') {
      const [format, variables] = Array.isArray(argument) ? argument : [argument as Json, {}];
      for (const [, reference] of text(format, 'Fn::Sub').matchAll(/\$\{([^}!][^}]*)\}/g)) {
        if (!(reference in (variables as JsonObject))) {
          add(reference.split('.')[0]);
        }
      }
      this.collectReferences(variables, into);
    } else if (name === 'Fn::If') {
      this.collectReferences(this.branch(argument as Json), into);
    } else {
      for (const entry of Object.values(value)) {
        this.collectReferences(entry, into);
      }
    }
  }
}

const NO_RESOURCES: ReferenceValues = {
  ref: (name) => {
    throw new Error(`A condition refers to "${name}", which is not a parameter.`);
  },
  attribute: (name) => NO_RESOURCES.ref(name),
  exported: (name) => NO_RESOURCES.ref(name),
  stackOutput: (stackName) => NO_RESOURCES.ref(stackName),
};

function parameterValues(template: Template, given: Readonly<Record<string, string>>): Map<string, Json> {
  const declared = template.Parameters ?? {};
  for (const name of Object.keys(given)) {
    if (!declared[name]) {
      throw new Error(`The template has no parameter "${name}".`);
    }
  }
  return new Map(
    Object.entries(declared).map(([name, parameter]) => {
      const value = given[name] ?? parameter.Default;
      if (value === undefined) {
        throw new Error(`The parameter "${name}" has no value and no default.`);
      }
      if (Buffer.byteLength(String(value)) > PARAMETER_BYTES) {
        throw new Error(`The parameter "${name}" is longer than ${PARAMETER_BYTES} bytes.`);
      }
      return [name, isListParameter(parameter) ? splitList(String(value)) : String(value)];
    }),
  );
}

export function isListParameter(parameter: ParameterDeclaration): boolean {
  return /CommaDelimitedList|List</.test(parameter.Type);
}

function splitList(value: string): string[] {
  const entries = value.split(',').map((entry) => entry.trim());
  // A trailing comma does not add an entry.
  return entries[entries.length - 1] === '' ? entries.slice(0, -1) : entries;
}

function pseudoParameters({ account, region, stackName, stackId }: StackEnvironment): Map<string, Resolved> {
  const { partition, urlSuffix } = partitionOf(region);
  return new Map<string, Resolved>([
    ['AWS::AccountId', account],
    ['AWS::NoValue', NO_VALUE],
    ['AWS::NotificationARNs', []],
    ['AWS::Partition', partition],
    ['AWS::Region', region],
    ['AWS::StackId', stackId],
    ['AWS::StackName', stackName],
    ['AWS::URLSuffix', urlSuffix],
  ]);
}

function refuseCycles(dependencies: ReadonlyMap<string, ReadonlySet<string>>): void {
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]) => {
    if (path.includes(id)) {
      throw new Error(
        `Circular dependency between resources: ${[...path.slice(path.indexOf(id)), id].join(' → ')}.`,
      );
    }
    if (!done.has(id)) {
      for (const next of dependencies.get(id) ?? []) {
        visit(next, [...path, id]);
      }
      done.add(id);
    }
  };
  for (const id of dependencies.keys()) {
    visit(id, []);
  }
}

function single(value: Json): [string, Json] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return undefined;
  }
  const entries = Object.entries(value);
  return entries.length === 1 ? entries[0] : undefined;
}

/** The name and the argument of an intrinsic function, or undefined if the value is something else. */
export function intrinsicOf(value: Json): [name: string, argument: Json] | undefined {
  const entry = single(value);
  return entry && (entry[0] === 'Ref' || entry[0].startsWith('Fn::')) ? entry : undefined;
}

export function attributePath(argument: Json): [logicalId: string, attribute: Json] {
  if (Array.isArray(argument)) {
    return [text(argument[0], 'Fn::GetAtt'), argument[1]];
  }
  const path = text(argument, 'Fn::GetAtt');
  const dot = path.indexOf('.');
  return [path.slice(0, dot), path.slice(dot + 1)];
}

function asText(value: Resolved | undefined): Resolved | undefined {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function text(value: Resolved | undefined, what: string): string {
  if (typeof value !== 'string') {
    throw new Error(
      `${what} is not a string: ${value === NO_VALUE ? 'AWS::NoValue' : JSON.stringify(value)}.`,
    );
  }
  return value;
}

function list(value: Json | undefined, what: string): Json[] {
  if (!Array.isArray(value)) {
    throw new Error(`${what} requires a list, but got ${JSON.stringify(value)}.`);
  }
  return value;
}
