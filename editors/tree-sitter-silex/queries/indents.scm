; Names as nvim-treesitter and Helix have them; each knows some of both.
[
  (body)
  (fields)
  (enum)
  (case)
  (tool)
  (model)
  (agent)
  (example)
  (match)
  (steps)
  (route_match)
  (after)
  (review)
  (deliver)
  (relay)
  (campaign)
  (parameters)
  (arguments)
  (list)
  (record_value)
  (pattern)
] @indent @indent.begin

[
  "}"
  "]"
  ")"
] @outdent @indent.branch @indent.end

; A clause stands below its rule.
(rule
  [
    (because)
    (check)
    (about)
    (overrides)
    (at_least)
    (sample)
  ] @indent @indent.begin)

[
  (prose)
  (string)
  (comment)
] @indent.auto
