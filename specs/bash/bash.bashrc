# Read by interactive shells that are no login shells; those read /etc/profile.
if [ "$EUID" = 0 ]; then PS1='\u@\h:\w# '; else PS1='\u@\h:\w$ '; fi
shopt -s checkwinsize histappend
