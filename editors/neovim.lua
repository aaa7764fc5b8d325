-- Silex in Neovim: put `dofile("…/editors/neovim.lua")` into `init.lua`. `silex` must be in the path, or
-- `vim.g.silex` names it. For Neovim 0.7 and later. Colours come by tree-sitter where its parser is in the
-- runtime path (`editors/README.md` says how).

local function start(buffer)
  local manifest = vim.fn.findfile("silex.yaml", vim.fn.expand("%:p:h") .. ";")
  local root = manifest ~= "" and vim.fn.fnamemodify(manifest, ":p:h") or vim.fn.expand("%:p:h")
  local config = {
    name = "silex",
    cmd = { vim.g.silex or "silex", "lsp" },
    root_dir = root,
    capabilities = vim.lsp.protocol.make_client_capabilities(),
  }
  if vim.lsp.start then
    vim.lsp.start(config)
    return
  end
  -- Before 0.8 a server is shared by hand.
  vim.g.silex_client = vim.g.silex_client or vim.lsp.start_client(config)
  vim.lsp.buf_attach_client(buffer, vim.g.silex_client)
end

local function colour(buffer)
  local has_parser, parser = pcall(vim.treesitter.get_parser, buffer, "silex")
  if not has_parser or not parser then
    return
  end
  if vim.treesitter.start then
    vim.treesitter.start(buffer, "silex")
  else
    vim.treesitter.highlighter.new(parser)
  end
end

vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
  pattern = "*.silex",
  callback = function(event)
    vim.bo[event.buf].filetype = "silex"
    vim.bo[event.buf].commentstring = "// %s"
    vim.bo[event.buf].shiftwidth = 2
    vim.bo[event.buf].expandtab = true
    vim.bo[event.buf].omnifunc = "v:lua.vim.lsp.omnifunc"
    colour(event.buf)
    start(event.buf)
  end,
})
