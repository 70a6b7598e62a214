# A worker on Windows, started with the machine and again when it ends: a scheduled task, as Windows
# brings no other way to keep a plain program running.  Run once, as an administrator:
#   powershell -ExecutionPolicy Bypass -File worker.ps1 -Store \\server\groups -Url http://server:4200/api
# It asks for the secret of the Prefect server and for the account that the worker runs as.
param(
    [Parameter(Mandatory)] [string] $Store,
    [Parameter(Mandatory)] [string] $Url,
    [string] $Folder = "C:\session-audio"
)
$account = Get-Credential -Message "Account that may read and write $Store"
$secret = (Get-Credential -UserName "clinic" -Message "Name and secret of the Prefect server")
$auth = "$($secret.UserName):$($secret.GetNetworkCredential().Password)"

$settings = @{
    SESSION_AUDIO_STORE                  = $Store
    PREFECT_API_URL                      = $Url
    PREFECT_API_AUTH_STRING              = $auth
    PREFECT_LOGGING_TO_API_ENABLED       = "false"
    PREFECT_RESULTS_PERSIST_BY_DEFAULT   = "false"
    DO_NOT_TRACK                         = "1"
}
$script = Join-Path $Folder "worker.cmd"
$lines = @("@echo off")
$settings.GetEnumerator() | ForEach-Object { $lines += "set `"$($_.Key)=$($_.Value)`"" }
$lines += ":again"
$lines += "`"$Folder\.venv\Scripts\prefect.exe`" worker start --pool session-audio --limit 1"
$lines += "timeout /t 5 /nobreak >nul"
$lines += "goto again"
Set-Content -Path $script -Value $lines -Encoding ascii
# The file holds the secret: for administrators and the worker's account alone.
icacls $script /inheritance:r /grant "*S-1-5-32-544:F" "$($account.UserName):R" | Out-Null

$action = New-ScheduledTaskAction -Execute $script -WorkingDirectory $Folder
$trigger = New-ScheduledTaskTrigger -AtStartup
$options = New-ScheduledTaskSettingsSet -ExecutionTimeLimit 0 -Priority 7 -RestartCount 999 `
    -RestartInterval (New-TimeSpan -Minutes 1) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
Register-ScheduledTask -TaskName "session-audio worker" -Action $action -Trigger $trigger `
    -Settings $options -User $account.UserName `
    -Password $account.GetNetworkCredential().Password -RunLevel Limited
Start-ScheduledTask -TaskName "session-audio worker"
