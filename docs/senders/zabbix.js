// Matoi's webhook for Zabbix 6.0 and later: posts what the macros hold, and nothing else. zabbix.yaml beside this file is the
// media type with this script in it, ready to import under Alerts > Media types.
//
// Parameters: url and token (docs/senders.md says where they come from), HTTPProxy if there is one, and the macros.
// What Zabbix throws here it tries again (attempts), and Matoi knows a request it has had before by the event's id.
var params = JSON.parse(value), body = {}, request = new HttpRequest(), name, answer, status;

// The time of the event and of its recovery as seconds since 1970, which Zabbix gives as macros only since 7.0. Dates and
// times are those of this server's zone, as are Zabbix's, unless a user of Zabbix has a zone of his own.
function timestamp(given, date, time) {
    var parts = (date + ' ' + time).match(/^(\d{4})\.(\d\d)\.(\d\d) (\d\d):(\d\d):(\d\d)$/);
    if (/^\d+$/.test(given) || parts === null) {
        return given;
    }
    return String(Math.floor(new Date(parts[1], parts[2] - 1, parts[3], parts[4], parts[5], parts[6]).getTime() / 1000));
}

for (name in params) {
    if (name !== 'url' && name !== 'token' && name !== 'HTTPProxy') {
        body[name] = params[name];
    }
}
body.event_timestamp = timestamp(params.event_timestamp, params.event_date, params.event_time);
body.recovery_timestamp = timestamp(params.recovery_timestamp, params.recovery_date, params.recovery_time);
try {
    body.event_tags = JSON.parse(params.event_tags);
} catch (error) {
    body.event_tags = []; // discovery and internal events have none
}

request.addHeader('Content-Type: application/json');
if (params.token) {
    request.addHeader('Authorization: Bearer ' + params.token);
}
if (params.HTTPProxy) {
    request.setProxy(params.HTTPProxy);
}
answer = request.post(params.url, JSON.stringify(body));
status = request.getStatus();
if (status < 200 || status > 299) {
    throw 'Matoi answered ' + status + ': ' + String(answer).slice(0, 300);
}
return 'OK';
