// What node loads before the script of `truefork run --trace FILE`: the file is named in the URL. What
// the script's children start anew goes on in it.
import { openTrace } from '../trace/file.ts'
import { beginTrace } from '../trace/trace.ts'

const path = new URL(import.meta.url).searchParams.get('file')
if (path !== null) beginTrace(openTrace({ path, isFresh: false, isReadable: false }))
