-- Neovim's own language client against abide-clangd, without a plugin and without a configuration
-- of abide. Prints what the editor shows and the buffer after the quick fix, as JSON.
local function finish(result)
  io.stdout:write(vim.json.encode(result))
  vim.cmd('qall!')
end

local function apply_first_quickfix(client)
  local shown = vim.diagnostic.get(0)[1]
  local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
  params.range = shown.user_data.lsp.range or {
    start = { line = shown.lnum, character = shown.col },
    ['end'] = { line = shown.end_lnum, character = shown.end_col },
  }
  params.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics(0, shown.lnum) }
  local answer = client.request_sync('textDocument/codeAction', params, 30000, 0)
  for _, action in ipairs(answer.result) do
    if action.kind == 'quickfix' and action.edit then
      vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
      return
    end
  end
end

local function shown()
  local result = {}
  for _, d in ipairs(vim.diagnostic.get(0)) do
    table.insert(result, {
      line = d.lnum, message = d.message, source = d.source,
      code = d.code or (d.user_data and d.user_data.lsp and d.user_data.lsp.code),
    })
  end
  return result
end

vim.api.nvim_create_autocmd('VimEnter', {
  callback = function()
    local id = vim.lsp.start_client({
      name = 'abide-clangd',
      cmd = { vim.env.ABIDE_CLANGD, '--background-index=0', '--log=error' },
      root_dir = vim.fn.getcwd(),
    })
    vim.lsp.buf_attach_client(0, id)
    vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end)
    local before = shown()
    if #before == 0 then
      return finish({ before = before })
    end
    apply_first_quickfix(vim.lsp.get_client_by_id(id))
    vim.wait(60000, function() return #vim.diagnostic.get(0) == 0 end)
    finish({
      before = before,
      after = #vim.diagnostic.get(0),
      buffer = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') .. '\n',
    })
  end,
})
