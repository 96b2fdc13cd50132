import ts from 'typescript'

const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, inlineSourceMap: true }

/** Takes the types out of what jest loads. */
export default {
  process: (source, fileName) => ({ code: ts.transpileModule(source, { fileName, compilerOptions }).outputText }),
}
