/**
 * A CloudFormation template with its parameters: what it declares under its conditions, what each resource
 * waits for, and what its intrinsic functions resolve to. Pure: what lives is asked of the caller.
 */

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
  Default?: string | number;
  AllowedValues?: (string | number)[];
  MinValue?: string | number;
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

/** Where a stack is. */
export interface StackEnvironment {
  readonly account: string;
  readonly region: string;
  readonly stackName: string;
  readonly stackId: string;
}

/** What the resources that exist at the moment answer to Ref and Fn::GetAtt, and the exports of the world. */
export interface Living {
  ref(logicalId: string): Json;
  attribute(logicalId: string, name: string): Json;
  exported(name: string): Json;
}

const PARTITIONS: readonly [prefix: string, partition: string, urlSuffix: string][] = [
  ['cn-', 'aws-cn', 'amazonaws.com.cn'],
  ['us-gov-', 'aws-us-gov', 'amazonaws.com'],
  ['us-iso-', 'aws-iso', 'c2s.ic.gov'],
  ['us-isob-', 'aws-iso-b', 'sc2s.sgov.gov'],
  ['eusc-', 'aws-eusc', 'amazonaws.eu'],
];

export function partitionOf(region: string): { partition: string; urlSuffix: string } {
  const known = PARTITIONS.find(([prefix]) => region.startsWith(prefix));
  return { partition: known?.[1] ?? 'aws', urlSuffix: known?.[2] ?? 'amazonaws.com' };
}

const NO_VALUE = Symbol('AWS::NoValue');
const PARAMETER_BYTES = 4096;

type Resolved = Json | typeof NO_VALUE;
type Intrinsic = (argument: Json, living: Living) => Resolved;

/** A template and its parameters, read. */
export class StackTemplate {
  /** The resources whose condition holds. */
  readonly resources: ReadonlyMap<string, ResourceDeclaration>;
  /** For each of them, the resources that must exist before it. */
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
      Object.entries(template.Resources ?? {}).filter(([, declared]) => this.holds(declared.Condition)),
    );
    this.dependencies = new Map(
      [...this.resources].map(([id, declared]) => [id, this.waitsFor(id, declared)]),
    );
    refuseCycles(this.dependencies);
  }

  /** A value with its intrinsic functions replaced by what they stand for. */
  resolve(value: Json | undefined, living: Living): Json | undefined {
    const resolved = value === undefined ? NO_VALUE : this.value(value, living);
    return resolved === NO_VALUE ? undefined : resolved;
  }

  properties(logicalId: string, living: Living): JsonObject {
    return (this.resolve(this.resources.get(logicalId)?.Properties ?? {}, living) ?? {}) as JsonObject;
  }

  /** Output values and, by export name, exports. */
  outputs(living: Living): { values: Record<string, Json>; exports: Record<string, Json> } {
    const values: Record<string, Json> = {};
    const exports: Record<string, Json> = {};
    for (const [name, output] of Object.entries(this.template.Outputs ?? {})) {
      if (!this.holds(output.Condition)) {
        continue;
      }
      const value = this.resolve(output.Value, living) ?? '';
      values[name] = value;
      if (output.Export) {
        exports[text(this.resolve(output.Export.Name, living), 'An export name')] = value;
      }
    }
    return { values, exports };
  }

  private holds(condition: string | undefined): boolean {
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
      throw new Error(`The condition "${name}" is used, but the template does not declare it.`);
    }
    this.conditions.set(name, 'evaluating');
    const outcome = this.truth(declared);
    this.conditions.set(name, outcome);
    return outcome;
  }

  private truth(expression: Json): boolean {
    const [name, argument] = intrinsicOf(expression) ?? single(expression) ?? [];
    switch (name) {
      case 'Condition':
        return this.condition(text(argument, 'A condition'));
      case 'Fn::Equals': {
        const [left, right] = list(argument, name).map((side) => this.value(side, NOTHING_LIVES));
        return JSON.stringify(asText(left)) === JSON.stringify(asText(right));
      }
      case 'Fn::And':
        return list(argument, name).every((part) => this.truth(part));
      case 'Fn::Or':
        return list(argument, name).some((part) => this.truth(part));
      case 'Fn::Not':
        return !this.truth(list(argument, name)[0]);
      default:
        throw new Error(`A condition cannot be evaluated: ${JSON.stringify(expression)}.`);
    }
  }

  private value(value: Json, living: Living): Resolved {
    if (value === null) {
      throw new Error('The template holds a null, which CloudFormation refuses.');
    }
    if (Array.isArray(value)) {
      return value.map((entry) => this.value(entry, living)).filter((entry) => entry !== NO_VALUE) as Json[];
    }
    if (typeof value !== 'object') {
      return value;
    }
    const intrinsic = intrinsicOf(value);
    if (intrinsic) {
      const [name, argument] = intrinsic;
      const resolve = this.intrinsics[name];
      if (!resolve) {
        throw new Error(`The simulation does not know the intrinsic function ${name}.`);
      }
      return resolve(argument, living);
    }
    const object: JsonObject = {};
    for (const [key, entry] of Object.entries(value)) {
      const resolved = this.value(entry, living);
      if (resolved !== NO_VALUE) {
        object[key] = resolved;
      }
    }
    return object;
  }

  private string(value: Json, living: Living, what: string): string {
    return text(asText(this.value(value, living)), what);
  }

  private list(value: Json, living: Living, what: string): Json[] {
    const resolved = this.value(value, living);
    return list(resolved === NO_VALUE ? null : resolved, what);
  }

  private reference(name: string, living: Living): Resolved {
    return this.pseudo.get(name) ?? this.parameters.get(name) ?? living.ref(name);
  }

  private readonly intrinsics: Record<string, Intrinsic> = {
    Ref: (argument, living) => this.reference(text(argument, 'Ref'), living),
    'Fn::GetAtt': (argument, living) => {
      const [logicalId, name] = attributePath(argument);
      return living.attribute(logicalId, this.string(name, living, 'The attribute of Fn::GetAtt'));
    },
    'Fn::Sub': (argument, living) => {
      const [format, variables] = Array.isArray(argument) ? argument : [argument, {}];
      return text(format, 'Fn::Sub').replace(/\$\{([^}]*)\}/g, (_, name: string) => {
        if (name.startsWith('!')) {
          return `\${${name.slice(1)}}`;
        }
        const given = (variables as JsonObject)[name];
        if (given !== undefined) {
          return this.string(given, living, `\${${name}} in Fn::Sub`);
        }
        const dot = name.indexOf('.');
        const value =
          dot < 0 ? this.reference(name, living) : living.attribute(name.slice(0, dot), name.slice(dot + 1));
        return text(asText(value), `\${${name}} in Fn::Sub`);
      });
    },
    'Fn::Join': (argument, living) => {
      const [delimiter, parts] = list(argument, 'Fn::Join');
      return this.list(parts, living, 'Fn::Join')
        .map((part) => text(asText(part), 'Fn::Join'))
        .join(text(delimiter, 'Fn::Join'));
    },
    'Fn::Split': (argument, living) => {
      const [delimiter, source] = list(argument, 'Fn::Split');
      return this.string(source, living, 'Fn::Split').split(text(delimiter, 'Fn::Split'));
    },
    'Fn::Select': (argument, living) => {
      const [index, choices] = list(argument, 'Fn::Select');
      const position = this.string(index, living, 'The index of Fn::Select');
      const chosen = this.list(choices, living, 'Fn::Select')[Number(position)];
      if (chosen === undefined) {
        throw new Error(`Fn::Select asks for entry ${position} of a list that does not have it.`);
      }
      return chosen;
    },
    'Fn::If': (argument, living) => this.value(this.branch(argument), living),
    'Fn::FindInMap': (argument, living) => {
      const [map, first, second, options] = list(argument, 'Fn::FindInMap');
      const keys = [map, first, second].map((key) => this.string(key, living, 'Fn::FindInMap'));
      let found: Json | undefined = this.template.Mappings;
      for (const key of keys) {
        found = (found as JsonObject | undefined)?.[key];
      }
      found ??= (options as JsonObject | undefined)?.DefaultValue;
      if (found === undefined) {
        throw new Error(`The template has no mapping for ${keys.join(' / ')}.`);
      }
      return this.value(found, living);
    },
    'Fn::ImportValue': (argument, living) =>
      living.exported(this.string(argument, living, 'The name in Fn::ImportValue')),
    'Fn::Base64': (argument, living) =>
      Buffer.from(this.string(argument, living, 'Fn::Base64')).toString('base64'),
    'Fn::GetAZs': (argument, living) => {
      const region = this.string(argument, living, 'The Region of Fn::GetAZs') || this.environment.region;
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
        throw new Error(`The resource "${id}" refers to "${name}", which the template does not create.`);
      }
    }
    for (const name of [declared.DependsOn ?? []].flat()) {
      if (!this.template.Resources?.[name]) {
        throw new Error(`The resource "${id}" depends on "${name}", which the template does not have.`);
      }
      // CloudFormation lets a resource depend on one whose condition does not hold.
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

const NOTHING_LIVES: Living = {
  ref: (name) => {
    throw new Error(`A condition refers to "${name}", which is no parameter.`);
  },
  attribute: (name) => NOTHING_LIVES.ref(name),
  exported: (name) => NOTHING_LIVES.ref(name),
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
        throw new Error(`The parameter "${name}" has no default and was not given.`);
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
  return value === '' ? [] : value.split(',').map((entry) => entry.trim());
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
      throw new Error(`Resources wait for each other: ${[...path.slice(path.indexOf(id)), id].join(' → ')}.`);
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

/** The name and argument of an intrinsic function; undefined where the value is none. */
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
    throw new Error(`${what} needs a list and got ${JSON.stringify(value)}.`);
  }
  return value;
}
