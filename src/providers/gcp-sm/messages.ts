import gax from 'google-gax';

/**
 * protobufjs compiles a few functions for each kind of message, and the operator runs under
 * `--disallow-code-generation-from-strings`. JSON needs none of them: before and after them the SDK's serializer has bytes,
 * numbers and nested messages as we read them. Fields that an answer lacks stay away, where a compiled function would put a
 * default.
 */
export function withoutCompiling(): void {
  const { Type } = gax.protobuf;
  // No class: protobufjs gives it another prototype.
  Object.assign(Type, { generateConstructor: () => () => function Message() {} });
  Object.assign(Type.prototype, {
    fromObject(this: KindOfMessage, fields: object) {
      return Object.assign(new this.ctor(), fields);
    },
    toObject: (message: object) => ({ ...message }),
  });
}

interface KindOfMessage {
  readonly ctor: new () => object;
}
