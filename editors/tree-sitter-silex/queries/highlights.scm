; The first pattern that fits a node has its colour in the tests here; editors that take the last
; see the same, as no two patterns fit one node.

; comments
(comment) @comment
(doc_comment) @comment.documentation
(module_doc) @comment.documentation

; declarations
[
  "use"
  "allow"
  "const"
  "enum"
  "record"
  "entity"
  "tool"
  "model"
  "ruleset"
  "behaviour"
  "agent"
  "example"
] @keyword

(enum name: (type_name) @type.definition)
(record name: (type_name) @type.definition)
(entity name: (type_name) @type.definition)
(constant name: (name) @constant)
(case name: (name) @constant)
(field name: (name) @variable.member)
(parameter name: (name) @variable.parameter)
(tool name: (name) @function)
(tool bound: (name) @variable.parameter)
(behaviour name: (name) @function)
(ruleset name: (name) @function)
(model name: (name) @module)
(agent name: (name) @module)
(example name: (name) @label)
(example behaviour: (name) @function)
(stage name: (name) @label)
(step name: (name) @label)
(fact name: (name) @label)
(rule name: (name) @label)
(relay name: (name) @label)
(campaign name: (name) @label)
(use module: (name) @module)
(use takes: (name) @function)
(use takes: (type_name) @type)

; types
(type (type_name) @type)
(entity owner: (type_name) @type)
(entity key: (name) @variable.member)
(tool type: (type_name) @type)
(contact type: (type_name) @type)
(audience type: (type_name) @type)
(via (type_name) @type)
(reads (type_name) @type)
(case_value (type_name) @type)
(case_pattern (type_name) @type)
(reference (type_name) @type)
(path (type_name) @type)
(plain_type) @type.builtin
[
  "text"
  "int"
  "float"
  "trusted"
] @type.builtin
(optional) @operator

; rules
(strength) @keyword.directive
[
  "because"
  "check"
  "about"
  "topic"
  "overrides"
  "at"
  "least"
  "good"
  "bad"
] @keyword
(judge) @keyword

; statements
[
  "role"
  "goal"
  "fact"
  "follow"
  "observe"
  "tools"
  "limit"
  "layout"
  "steps"
  "stage"
  "final"
  "on"
  "turns"
  "tokens"
  "history"
  "attempts"
  "calls"
  "key"
  "owned"
  "by"
  "for"
  "shown"
  "via"
  "search"
  "get"
  "save"
  "http"
  "mcp"
  "native"
  "ask"
  "reviewer"
  "hand_over"
  "reads"
  "writes"
  "sends"
  "to"
  "thread"
  "contact"
  "anyone"
  "spends"
  "timeout"
  "retry"
  "from"
  "gate"
  "refuse"
  "at_most"
  "per"
  "provider"
  "name"
  "temperature"
  "max_tokens"
  "fallback"
  "inbox"
  "guard"
  "route"
  "after"
  "run"
  "review"
  "assign"
  "hold"
  "pass"
  "otherwise"
  "due"
  "then"
  "reassign"
  "escalate"
  "deliver"
  "undo"
  "quiet"
  "relay"
  "webhook"
  "mail"
  "campaign"
  "where"
  "every"
  "once"
  "before"
  "send"
  "given"
  "returns"
  "fails"
  "replies"
  "expect"
  "rule"
  "prompt"
  "no"
  "contains"
  "checks"
  "fail"
  "trusting"
] @keyword
(drop) @keyword
(any) @keyword
(event) @constant.builtin
(day) @constant.builtin
(method) @constant.builtin

[
  "when"
  "else"
  "match"
] @keyword.conditional
[
  "each"
  "in"
] @keyword.repeat
[
  "and"
  "or"
  "not"
  "is"
] @keyword.operator
[
  "some"
  "empty"
] @constant.builtin
(none) @constant.builtin
(boolean) @boolean
(wildcard) @constant.builtin

; names
(reference . (name) @variable)
(reference member: (name) @variable.member)
(path . (name) @variable)
(path member: (name) @variable.member)
(filter name: (name) @function.call)
(call name: (name) @function.call)
(follow name: (name) @function.call)
(calls name: (name) @function.call)
(argument name: (name) @variable.parameter)
(entry name: (name) @variable.member)
(pattern_entry name: (name) @variable.member)
(case_value case: (name) @constant)
(case_pattern case: (name) @constant)
(arm case: (name) @constant)
(target_arm case: (name) @constant)
(tools (name) @function)
(use_model (name) @module)
(fallback (name) @module)
(provider (name) @constant)
(layout (name) @module)
(assign (name) @constant)
(spends (name) @variable.parameter)
(on tool: (name) @function)
(on stage: (name) @label)
(about "tool" (name) @function)
(about "topic" (name) @label)
(each name: (name) @variable)
(observe name: (name) @variable)
(contact name: (name) @variable)
(contact key: (name) @variable.member)
(audience name: (name) @variable)
(expect "tool" (name) @function)
(expect "rule" (name) @label)
(expect "stage" (name) @label)
(expect "fail" (name) @label)
(allow code: (code) @attribute)

; values
(prose) @string
(string) @string
(escape) @string.escape
(regex) @string.regexp
(number) @number
(percent) @number
(duration) @number
(date) @number
(time) @number
(datetime) @number
(hole
  [
    "{{"
    "}}"
  ] @punctuation.special)

; signs
[
  "->"
  "="
  "|"
  ".."
  "!"
] @operator
(compare) @operator
[
  "{"
  "}"
  "["
  "]"
  "("
  ")"
] @punctuation.bracket
[
  ","
  "."
  ":"
] @punctuation.delimiter
