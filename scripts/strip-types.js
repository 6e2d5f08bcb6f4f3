// jest transform: erase types in place with Node's own stripper, so that line numbers stay true.
import { stripTypeScriptTypes } from 'node:module';

export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
