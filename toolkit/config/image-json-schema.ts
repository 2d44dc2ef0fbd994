import { z } from 'zod';
import { imageSchema } from './image-schema.ts';

/** JSON Schema of our own form, for editors. What depends on several keys is not in it. */
export function imageJsonSchema(): object {
  const schema = z.toJSONSchema(imageSchema, { target: 'draft-7' });
  return {
    ...schema,
    title: 'distrokit image configuration',
    anyOf: [{ required: ['version'] }, { required: ['extends'] }],
  };
}
