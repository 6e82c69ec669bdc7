-- Creations for ever new flows: device n, address counted up, so that none conflicts. With the environment's TOKEN as
-- access token, otherwise with the sandbox's key; events go to SINK where that is set; NET is the first part of addresses.
local token, sink = os.getenv("TOKEN"), os.getenv("SINK")
local net = os.getenv("NET") or "10.1"
local n = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
if token then wrk.headers["Authorization"] = "Bearer " .. token else wrk.headers["X-RapidAPI-Key"] = "sandbox" end
local notification = sink and ',"sink":"' .. sink .. '"' or ""
function request()
  n = n + 1
  local address = math.floor(n / 1000)
  return wrk.format(nil, nil, nil, string.format(
    '{"device":{"phoneNumber":"+9999999%d"},"applicationServer":{"ipv4Address":"%s.%d.%d"},"qosProfile":"QOS_L","duration":3600%s}',
    1000 + n % 1000, net, math.floor(address / 250), address % 250, notification))
end
