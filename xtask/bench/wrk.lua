-- Sends POST bodies where asked to, and prints what wrk measured as one line of JSON.
-- Arguments after `--`: the size of the body; 0 sends GET.

function init(args)
   local size = tonumber(args[1])
   if size > 0 then
      wrk.method = "POST"
      wrk.body = string.rep("x", size)
      wrk.headers["Content-Type"] = "application/octet-stream"
   end
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      '{"requests":%d,"micros":%d,"p50":%.1f,"p99":%.1f,"socket_errors":%d,"bad_statuses":%d,"timeouts":%d}\n',
      summary.requests,
      summary.duration,
      latency:percentile(50),
      latency:percentile(99),
      errors.connect + errors.read + errors.write,
      errors.status,
      errors.timeout
   ))
end
