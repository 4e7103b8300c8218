// What `truefork` and `truefork/posix` export, with its docstrings: by the interface of the compiler,
// which TypeScript 7 does not have yet; so TypeScript 6 reads the sources here.
import { join } from 'node:path'
import ts from 'typescript-6'

const root = join(import.meta.dirname, '../..')
const entries = { truefork: 'src/index.ts', 'truefork/posix': 'src/posix.ts' }

/**
 * @typedef {object} Documented
 * @property {string} name
 * @property {'function' | 'class' | 'type' | 'constant'} kind
 * @property {string} file the source, as `src/posix/sockets.ts`
 * @property {string[]} entries from which it can be imported
 * @property {string[]} signatures
 * @property {boolean} isVoid it returns nothing
 * @property {string} description
 * @property {{ name: string, text: string }[]} params
 * @property {string | undefined} returns
 * @property {string | undefined} throws
 * @property {string | undefined} see
 * @property {string | undefined} example
 * @property {Documented[]} members of a class
 */

/** @returns {Documented[]} in the order of the sources */
export function documentedExports() {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const files = Object.values(entries).map(file => join(root, file))
  const program = ts.createProgram(files, { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  const found = new Map()
  for (const [entry, file] of Object.entries(entries)) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(join(root, file)))
    for (const exported of checker.getExportsOfModule(module)) {
      const isAlias = exported.flags & ts.SymbolFlags.Alias
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported
      const before = found.get(symbol)
      if (before) before.entries.push(entry)
      else found.set(symbol, { ...describe(checker, symbol), entries: [entry] })
    }
  }
  return [...found.values()]
}

function describe(checker, symbol) {
  const declaration = symbol.valueDeclaration ?? symbol.declarations[0]
  const type = checker.getTypeOfSymbolAtLocation(symbol, declaration)
  const isValue = (symbol.flags & ts.SymbolFlags.Value) !== 0
  const signatures = isValue ? type.getCallSignatures() : []
  return {
    name: symbol.name,
    kind: kindOf(symbol, signatures),
    file: declaration.getSourceFile().fileName.slice(root.length + 1),
    source: sourceOf(declaration),
    signatures: signatures.map(signature => written(checker, symbol.name, signature)),
    isVoid: signatures.some(each => checker.typeToString(each.getReturnType()) === 'void'),
    ...docsOf(checker, symbol),
    members: symbol.flags & ts.SymbolFlags.Class ? membersOf(checker, declaration) : [],
  }
}

function kindOf({ flags }, signatures) {
  if (flags & ts.SymbolFlags.Class) return 'class'
  if (signatures.length > 0) return 'function'
  return flags & ts.SymbolFlags.Value ? 'constant' : 'type'
}

/** As one writes it, with the names of types, defaults as optional parameters. */
function written(checker, name, signature) {
  const flags =
    ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope
  const { declaration } = signature
  const parameters = declaration.parameters.map(parameter => {
    const rest = parameter.dotDotDotToken ? '...' : ''
    const isPattern = !ts.isIdentifier(parameter.name)
    const called = isPattern ? 'options' : parameter.name.text
    const optional = parameter.questionToken || parameter.initializer ? '?' : ''
    const type = parameter.type
      ? parameter.type.getText()
      : checker.typeToString(checker.getTypeAtLocation(parameter), undefined, flags)
    return `${rest}${called}${optional}: ${type.replace(/\s+/g, ' ')}`
  })
  const result = declaration.type
    ? declaration.type.getText().replace(/\s+/g, ' ')
    : checker.typeToString(signature.getReturnType(), undefined, flags)
  return `${name}(${parameters.join(', ')}): ${result}`
}

function docsOf(checker, symbol) {
  const tags = symbol.getJsDocTags(checker)
  const text = tag => (tag ? ts.displayPartsToString(tag.text).trim() : undefined)
  const only = name => text(tags.find(tag => tag.name === name))
  return {
    description: ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
    params: tags
      .filter(tag => tag.name === 'param')
      .map(tag => {
        const name = tag.text.find(part => part.kind === 'parameterName')?.text ?? ''
        return { name, text: text(tag).slice(name.length).trim() }
      }),
    returns: only('returns'),
    throws: only('throws'),
    // The compiler takes `fork(2)` for the name of something of ours, and what stands behind it.
    see: only('see')?.replace(/ \((\d)\)/g, '($1)'),
    example: only('example'),
  }
}

/** What others may use of a class: not what is private, nor marked `@internal`. */
function membersOf(checker, declaration) {
  return declaration.members
    .filter(member => member.name && !ts.isPrivateIdentifier(member.name))
    .map(member => checker.getSymbolAtLocation(member.name))
    .filter(symbol => symbol && !symbol.getJsDocTags().some(({ name }) => name === 'internal'))
    .map(symbol => describe(checker, symbol))
}

/** The text of a type, without the comments, which the page has as text. */
const sourceOf = declaration => declaration.getText()
