-- What wrk sends: the same signed event, each time with a delivery id of its own, to one path after the other.
--   wrk … -s load.lua URL -- <file of the body> <signature> <prefix of the delivery ids> <path>…
local head, tail, paths, prefix = {}, nil, {}, nil
local count = 0

function init(args)
  local file = assert(io.open(args[1], 'rb'))
  local body = file:read('*a')
  file:close()
  prefix = args[3]
  for index = 4, #args do
    head[#head + 1] = 'POST ' .. args[index] .. ' HTTP/1.1\r\nHost: ' .. wrk.host .. '\r\nX-GitHub-Delivery: '
  end
  tail = '\r\nX-GitHub-Event: pull_request\r\nX-Hub-Signature-256: ' .. args[2]
    .. '\r\nContent-Type: application/json\r\nContent-Length: ' .. #body .. '\r\n\r\n' .. body
end

function request()
  count = count + 1
  return head[count % #head + 1] .. prefix .. count .. tail
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"us":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
