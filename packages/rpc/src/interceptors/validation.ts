import { create, type DescMessage, type DescService, type Message } from "@bufbuild/protobuf";
import { pathToString, reflect } from "@bufbuild/protobuf/reflect";
import { createValidator, type Validator } from "@bufbuild/protovalidate";
import type { Interceptor } from "@connectrpc/connect";
import { badRequest } from "../errors.ts";
import { tapMessages } from "../messages.ts";

// Compiled rules are a cache that every service of a process shares.
let sharedValidator: Validator | undefined;

/** Checks every request message, each one of a client's stream too, by the rules of its proto file. */
export function validation(): Interceptor {
  return (next) => (request) => {
    const { input } = request.method;
    if (request.stream) {
      const onMessage = (message: Message) => {
        validateMessage(input, message);
        return message;
      };
      return next({ ...request, message: tapMessages(request.message, { onMessage }) });
    }
    try {
      validateMessage(input, request.message);
    } catch (error) {
      return Promise.reject(error);
    }
    return next(request);
  };
}

/** Throws VALIDATION_FAILED naming each field that breaks a rule, by its path: `lines[0].quantity`. */
export function validateMessage(schema: DescMessage, message: Message): void {
  const result = validator().validate(schema, message);
  if (result.kind === "valid") return;
  if (result.kind === "error") throw result.error;
  throw badRequest(
    result.violations.map(({ field, ruleId, message: description }) => ({
      field: pathToString(field),
      rule: ruleId,
      description,
    })),
  );
}

/** Compiles the rules of every request of these services, so that no caller pays for it (14 to 72 ms a type). */
export function warmUpValidation(services: readonly DescService[]): void {
  for (const method of services.flatMap((service) => service.methods)) {
    validator().validate(method.input, sample(method.input, 4));
  }
}

function validator(): Validator {
  sharedValidator ??= createValidator();
  return sharedValidator;
}

/** A message with its message fields present, a few levels deep, so that nested rules are compiled too. */
function sample(schema: DescMessage, depth: number): Message {
  const message = reflect(schema, create(schema));
  if (depth === 0) return message.message;
  for (const field of schema.fields) {
    if (field.fieldKind === "message") {
      message.set(field, reflect(field.message, sample(field.message, depth - 1)));
    } else if (field.fieldKind === "list" && field.listKind === "message") {
      message.get(field).add(reflect(field.message, sample(field.message, depth - 1)));
    }
  }
  return message.message;
}
