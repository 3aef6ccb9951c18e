import * as z from 'zod';

/** Words in which the chart's values are defined: each is a field of values.yaml, of values.schema.json and of the README. */

/** A value with a default. `null` takes it away, so the schema refuses it by its name. */
export const set = <T extends z.ZodType>(schema: T, value: z.util.NoUndefined<z.output<T>>, description: string) =>
  schema.default(value).meta({ description });

/** A value that is not set by default: Kubernetes or the operator decides. */
export const unset = (schema: z.ZodType, description: string) => schema.nullish().meta({ description });

/** Values that belong together. Whatever it does not name is refused. */
export const section = (description: string, fields: z.core.$ZodLooseShape) =>
  z.strictObject(fields).meta({ description });

export const text = z.string();
export const onOff = z.boolean();
export const whole = z.int().min(0);
export const port = z.int().min(1).max(65_535);
/** Part of something Kubernetes defines: the API server checks it. */
export const kubeObject = z.record(z.string(), z.unknown());
export const kubeObjects = z.array(kubeObject);
/** Labels and annotations: whatever YAML makes of a value, it is written as a string. */
export const strings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export const wholeOrPercent = z.union([z.int().min(0), z.string().regex(/^\d{1,3}%$/)]);
/** As Prometheus writes it; empty is Prometheus' own default. */
export const interval = z.string().regex(/^(\d+(ms|s|m|h))*$/);
export const objectName = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/);
export const namespaceName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
export const optionalNamespaceName = z
  .string()
  .max(63)
  .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/);
