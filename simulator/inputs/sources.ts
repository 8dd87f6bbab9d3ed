import type { AssembledStack } from '../assembly';
import {
  attributePath,
  intrinsicOf,
  isListParameter,
  type Json,
  type JsonObject,
  type ParameterDeclaration,
} from '../template';

/** How a template uses a value: as it is, as a list, or split into a list. */
export type Form = 'one' | 'list' | { readonly splitAt: string };

/** The origins of a value, followed through the outputs of stacks. */
export interface Sources {
  readonly parameters: ParameterSource[];
  readonly resources: ResourceSource[];
  /** Imports of values that no stack of the app exports. */
  readonly imports: ImportSource[];
}

interface ParameterSource {
  readonly stack: AssembledStack;
  readonly name: string;
  readonly form: Form;
}

/** A part of a template. */
export interface Replaceable {
  readonly form: Form;
  replace(value: Json): void;
}

export interface ResourceSource extends Replaceable {
  readonly stack: AssembledStack;
  readonly logicalId: string;
  /** Absent for a Ref. */
  readonly attribute?: string;
}

interface ImportSource extends Replaceable {
  readonly name: string;
}

/** Finds the sources of a property of a stack's resource. */
export function sourcesOf(
  properties: JsonObject,
  property: string,
  stack: AssembledStack,
  stacks: readonly AssembledStack[],
  ownForm: Form = 'list',
): Sources {
  const sources: Sources = { parameters: [], resources: [], imports: [] };
  collect(properties, property, stack, ownForm);
  return sources;

  function collect(
    parent: JsonObject | Json[],
    key: string | number,
    current: AssembledStack,
    form: Form,
  ): void {
    const part = (parent as JsonObject)[key];
    if (typeof part !== 'object' || part === null) {
      return;
    }
    const replace = (value: Json) => {
      (parent as JsonObject)[key] = value;
    };
    const [name, argument = null] = intrinsicOf(part) ?? [];
    if (name === 'Ref' && current.template.Parameters?.[String(argument)]) {
      sources.parameters.push({ stack: current, name: String(argument), form });
    } else if (name === 'Ref' && current.template.Resources?.[String(argument)]) {
      sources.resources.push({ stack: current, logicalId: String(argument), form, replace });
    } else if (name === 'Fn::GetAtt') {
      const [logicalId, attribute] = attributePath(argument);
      sources.resources.push({
        stack: current,
        logicalId,
        attribute: String(attribute),
        form,
        replace,
      });
    } else if (name === 'Fn::ImportValue' || name === 'Fn::GetStackOutput') {
      const output = name === 'Fn::ImportValue' ? exportOf(argument, stacks) : outputOf(argument, stacks);
      if (output) {
        collect(output.declared as unknown as JsonObject, 'Value', output.stack, form);
      } else if (name === 'Fn::ImportValue') {
        sources.imports.push({ name: JSON.stringify(argument), form, replace });
      }
    } else if (name === 'Fn::Split') {
      collect(argument as Json[], 1, current, { splitAt: String((argument as Json[])[0]) });
    } else if (name === 'Fn::Join') {
      collect(argument as Json[], 1, current, 'list');
    } else if (name === 'Fn::If') {
      collect(argument as Json[], 1, current, form);
      collect(argument as Json[], 2, current, form);
    } else {
      for (const entry of Object.keys(part)) {
        collect(part as JsonObject, entry, current, 'one');
      }
    }
  }
}

/** Replaces each remaining import of a value that no stack of the app exports. */
export function replaceForeignImports(stacks: readonly AssembledStack[], value: Json): void {
  const replaceIn = (part: Json): Json => {
    if (typeof part !== 'object' || part === null) {
      return part;
    }
    const [name, argument = null] = intrinsicOf(part) ?? [];
    if (name === 'Fn::ImportValue' && !exportOf(argument, stacks)) {
      return value;
    }
    for (const [key, entry] of Object.entries(part)) {
      (part as JsonObject)[key] = replaceIn(entry);
    }
    return part;
  };
  for (const { template } of stacks) {
    replaceIn((template.Resources ?? {}) as unknown as Json);
    replaceIn((template.Outputs ?? {}) as unknown as Json);
  }
}

interface StackOutput {
  readonly stack: AssembledStack;
  readonly declared: { readonly Value: Json };
}

function exportOf(name: Json, stacks: readonly AssembledStack[]): StackOutput | undefined {
  for (const stack of stacks) {
    for (const declared of Object.values(stack.template.Outputs ?? {})) {
      if (declared.Export && JSON.stringify(declared.Export.Name) === JSON.stringify(name)) {
        return { stack, declared };
      }
    }
  }
  return undefined;
}

function outputOf(argument: Json, stacks: readonly AssembledStack[]): StackOutput | undefined {
  const { StackName, OutputName } = argument as JsonObject;
  const stack = stacks.find(({ name }) => name === StackName);
  const declared = stack?.template.Outputs?.[String(OutputName)];
  return stack && declared && { stack, declared };
}

/** Invents values that shares and copies accept. */
export interface Inventor {
  image(): string;
  account(): string;
}

/** The values of a stack's parameters. Those without a value and a default are generated in a form that shares and copies accept. */
export function parametersFor(
  stack: AssembledStack,
  given: Readonly<Record<string, string>>,
  images: readonly Sources[],
  accounts: readonly Sources[],
  inventor: Inventor,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, declared] of Object.entries(stack.template.Parameters ?? {})) {
    const sourceIn = (sources: readonly Sources[]) =>
      sources
        .flatMap(({ parameters }) => parameters)
        .find((source) => source.stack === stack && source.name === name);
    // The default of an SSM parameter is its name. Its value is not in the cloud assembly.
    const fromSsm = declared.Type.startsWith('AWS::SSM::');
    const image = sourceIn(images);
    const account = sourceIn(accounts);
    if (given[name] !== undefined) {
      values[name] = given[name];
    } else if (declared.Default !== undefined && !(fromSsm && (image || account))) {
      values[name] = String(declared.Default);
    } else if (image) {
      values[name] = inventor.image();
    } else if (account) {
      const form = isListParameter(declared) ? { splitAt: ',' } : account.form;
      values[name] = String(accountsIn(form === 'list' ? 'one' : form, inventor));
    } else {
      values[name] = placeholder(declared);
    }
  }
  return values;
}

/** Invents one or two accounts. */
export function accountsIn(form: Form, inventor: Inventor): Json {
  if (form === 'one') {
    return inventor.account();
  }
  const accounts = [inventor.account(), inventor.account()];
  return form === 'list' ? accounts : accounts.join(form.splitAt);
}

function placeholder({ Type, AllowedValues, MinValue }: ParameterDeclaration): string {
  return String(AllowedValues?.[0] ?? (/Number/.test(Type) ? (MinValue ?? 1) : 'simulation'));
}
