-- Deletes the sessions listed in the file IDS, each once, and stops when nearly all are asked for: what is under way then
-- is still in the list.
local ids = {}
for line in io.lines(os.getenv("IDS")) do ids[#ids + 1] = line end
local n = 0
wrk.method = "DELETE"
wrk.headers["X-RapidAPI-Key"] = "sandbox"
function request()
  n = n + 1
  return wrk.format(nil, "/quality-on-demand/v1/sessions/" .. (ids[n] or ids[#ids]))
end

function response()
  if n + 256 > #ids then wrk.thread:stop() end
end
