// How requests are checked against their schemas: bodies as they are, never coerced; what comes as text (query, path
// and headers) is read as the schema's types. A failure names the field.
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import { IsBoolean, IsInteger, IsObject, type TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { TallyError } from '../lib/errors.ts';
import { COMPONENTS } from './schemas.ts';

/** Fastify's validator compiler over TypeBox; a schema is compiled when it is first needed. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let compiled: Validator | undefined;
  return (input: unknown) => {
    compiled ??= Compile(COMPONENTS, schema);
    const value = httpPart === 'body' ? input : readTexts(schema, input);
    if (compiled.Check(value)) return { value };
    return { error: refusal(compiled.Errors(value) as Fault[], httpPart ?? 'request') };
  };
};

/** Texts as the types that the schema wants, where they are written as such. */
function readTexts(schema: TSchema, texts: unknown): unknown {
  if (!IsObject(schema) || typeof texts !== 'object' || texts === null) return texts;
  const read = Object.entries(texts).map(([name, text]) => {
    const property = schema.properties[name];
    return [name, property === undefined ? text : readText(property, text)];
  });
  return Object.fromEntries(read);
}

function readText(property: TSchema, text: unknown): unknown {
  if (IsInteger(property) && /^-?\d{1,15}$/.test(String(text))) return Number(text);
  if (IsBoolean(property) && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

type Fault = Pick<FastifySchemaValidationError, 'keyword' | 'instancePath' | 'params' | 'message'>;

/** The first fault as an error: `details.field` is its path, as in `body.resources.cpuMillis`; all missing fields are named. */
function refusal(faults: readonly Fault[], part: string): TallyError {
  const fault = faults.find(({ keyword }) => keyword !== 'boolean') ?? faults[0];
  if (fault === undefined) return new TallyError('BAD_REQUEST', { field: part });
  const path = fault.instancePath.split('/').slice(1);
  const missing = faults.flatMap((each) => missingIn(each, part));
  return new TallyError('BAD_REQUEST', {
    field: [part, ...path, ...named(fault)].join('.'),
    reason:
      missing.length > 1 ? `these are missing: ${missing.join(', ')}` : (fault.message ?? fault.keyword),
  });
}

/** The paths of what an object lacks. */
function missingIn({ instancePath, params }: Fault, part: string): string[] {
  const { requiredProperties } = params;
  if (!Array.isArray(requiredProperties)) return [];
  return requiredProperties.map((name) => [part, ...instancePath.split('/').slice(1), name].join('.'));
}

/** The property that is missing or too many, which the path of a fault leaves out. */
function named({ params }: Fault): string[] {
  const properties = params.requiredProperties ?? params.additionalProperties;
  return Array.isArray(properties) && typeof properties[0] === 'string' ? [properties[0]] : [];
}
